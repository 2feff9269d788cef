/*
 * frame.c
 *		What all pictures have in common: the svg element, its name and
 *		description for those who do not see it, and its colours.
 *
 * A picture stands alone: no script, no link, no font of its own.  It paints
 * its own background, so that it is readable on any page.  Its rules hold below
 * the class journey-svg only, because a style sheet in a picture that is put into
 * a page holds in the whole page; they use no variables, which few programs
 * but browsers know.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "compat.h"
#include "picture/markup.h"

static const char *const style =
".journey-svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif;"
"font-size:14px;font-variant-numeric:tabular-nums;max-width:100%%;height:auto}"
".journey-svg text{fill:#1b1f24}"
".journey-svg .paper{fill:#ffffff}"
".journey-svg .heading{font-size:17px;font-weight:600}"
".journey-svg .small{font-size:12px}"
".journey-svg .soft{fill:#57606a}"
".journey-svg .strong{font-weight:600}"
".journey-svg .end{text-anchor:end}"
".journey-svg .middle{text-anchor:middle}"
".journey-svg .halo{paint-order:stroke;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round}"
".journey-svg .track{fill:#e8edf3}"
".journey-svg .bar{fill:#2563eb}"
".journey-svg .over{fill:#8c959f}"
".journey-svg .axis{fill:none;stroke:#57606a;stroke-width:1}"
".journey-svg .grid{fill:none;stroke:#d8dee4;stroke-width:1}"
".journey-svg .line{fill:none;stroke-width:2;stroke-linejoin:round}"
".journey-svg .mark{fill:none;stroke-width:1.2}"
".journey-svg .band{stroke:none;fill-opacity:.14}"
".journey-svg .flow{stroke:none;fill-opacity:.32}"
".journey-svg .flow:hover{fill-opacity:.55}"
"%s"
"@media screen and (prefers-color-scheme:dark){"
".journey-svg text{fill:#e6edf3}"
".journey-svg .paper{fill:#14181f}"
".journey-svg .soft{fill:#9fabb8}"
".journey-svg .halo{stroke:#14181f}"
".journey-svg .track{fill:#262d38}"
".journey-svg .bar{fill:#6ea8fe}"
".journey-svg .over{fill:#768390}"
".journey-svg .axis{stroke:#9fabb8}"
".journey-svg .grid{stroke:#2d3540}"
"%s"
"}";

/* Colours that differ from each other and from the background, on white and on black. */
static const char *const light[MARKUP_COLOURS] = {
	"#2563eb", "#c2410c", "#0f766e", "#9333ea", "#a16207", "#be185d", "#4d7c0f", "#475569"
};
static const char *const dark[MARKUP_COLOURS] = {
	"#6ea8fe", "#fb923c", "#2dd4bf", "#c084fc", "#facc15", "#f472b6", "#a3e635", "#cbd5e1"
};

static char *
colour_rules(const char *const *colours)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < MARKUP_COLOURS; i++)
		appendStringInfo(&buf, ".journey-svg .c%d{fill:%s}.journey-svg .s%d{stroke:%s}", i, colours[i], i, colours[i]);
	return buf.data;
}

/* The rules of all pictures. */
void
markup_style(StringInfo buf)
{
	appendStringInfo(buf, style, colour_rules(light), colour_rules(dark));
}

/* A number from the content, so that pictures on one page have different names, and equal ones equal bytes. */
static uint64
digest(const StringInfoData *parts[], int n)
{
	uint64		hash = UINT64CONST(0xcbf29ce484222325);

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j <= parts[i]->len; j++)
			hash = (hash ^ (unsigned char) parts[i]->data[j]) * UINT64CONST(0x100000001b3);
	}
	return hash;
}

/* The whole picture; title and desc are escaped already. */
struct varlena *
markup_picture(double width, double height, const StringInfoData *title, const StringInfoData *desc,
			   const StringInfoData *body)
{
	const StringInfoData *parts[] = {title, desc, body};
	uint32		name = (uint32) (digest(parts, 3) >> 16);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"journey-svg\" width=\"%.0f\" height=\"%.0f\" "
					 "viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"j%08xt j%08xd\">\n"
					 "<title id=\"j%08xt\">%s</title>\n<desc id=\"j%08xd\">%s</desc>\n<style>",
					 width, height, width, height, name, name, name, title->data, name, desc->data);
	markup_style(&buf);
	appendStringInfo(&buf, "</style>\n<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\" rx=\"8\"/>\n", width, height);
	appendBinaryStringInfo(&buf, body->data, body->len);
	appendStringInfoString(&buf, "</svg>\n");
	return (struct varlena *) cstring_to_text_with_len(buf.data, buf.len);
}

/*
 * The words of a user as name and heading of a picture.  Without any it has
 * another name, and no heading.  Returns where the picture goes on below.
 */
double
markup_heading(StringInfo title, StringInfo body, const struct varlena *words, const char *otherwise, double width)
{
	MarkupText	text;

	if (words == NULL || VARSIZE_ANY_EXHDR(words) == 0)
	{
		appendStringInfoString(title, otherwise);
		return MARKUP_PAD;
	}
	text = markup_text(VARDATA_ANY(words), VARSIZE_ANY_EXHDR(words));
	markup_append(title, text);
	appendStringInfo(body, "<text class=\"heading\" x=\"%d\" y=\"%d\">", MARKUP_PAD, MARKUP_PAD + 14);
	/* heavy letters are wider */
	markup_append_label(body, markup_fit(text, MARKUP_HEADING * 1.12, width - 2 * MARKUP_PAD));
	appendStringInfoString(body, "</text>\n");
	return MARKUP_PAD + 24;
}

/* The width that somebody asks for. */
int
markup_check_width(int width)
{
	if (width < 480 || width > 4000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width of a picture must be between 480 and 4000")));
	return width;
}
