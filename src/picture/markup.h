/*
 * markup.h
 *		Text for SVG and HTML: escaped, measured, cut, and numbers that every
 *		reader reads alike.
 *
 * Labels are turned into UTF-8 first (markup_text).  What is written is in the
 * encoding of the database: as it is where that is UTF-8, and else in
 * character references, so that the same picture comes out of any database.
 */
#ifndef JOURNEY_MARKUP_H
#define JOURNEY_MARKUP_H

#include "lib/stringinfo.h"

/* A string in UTF-8, perhaps cut short. */
typedef struct MarkupText
{
	const char *data;
	int			len;
	bool		cut;			/* there was more: an ellipsis follows */
} MarkupText;

/* Names of characters that are written often. */
#define MARKUP_NBSP			"&#160;"
#define MARKUP_DOT			" &#183; "
#define MARKUP_DASH			"&#8211;"

/* markup.c */
extern MarkupText markup_text(const char *data, int len);
extern MarkupText markup_fit(MarkupText text, double size, double room);
extern double markup_width(MarkupText text, double size);
extern double markup_plain_width(const char *plain, double size);
extern const char *markup_plain_fit(const char *plain, double size, double room);
extern void markup_append(StringInfo buf, MarkupText text);
extern void markup_append_label(StringInfo buf, MarkupText text);

/* numbers.c */
extern void markup_count(StringInfo buf, int64 count);
extern double markup_count_width(int64 count, double size);
extern void markup_share(StringInfo buf, int64 part, int64 whole);
extern void markup_duration(StringInfo buf, double usecs);
extern void markup_coordinate(StringInfo buf, double value);

/* frame.c */
extern void markup_style(StringInfo buf);
extern struct varlena *markup_picture(double width, double height, const StringInfoData *title,
									  const StringInfoData *desc, const StringInfoData *body);
extern double markup_heading(StringInfo title, StringInfo body, const struct varlena *words, const char *otherwise, double width);
extern int	markup_check_width(int width);

#define MARKUP_DEFAULT_WIDTH	720
#define MARKUP_COLOURS			8	/* classes c0 to c7 */
#define MARKUP_PAD				20	/* between the border of a picture and what is in it */
#define MARKUP_HEADING			17	/* sizes of letters, in pixels */
#define MARKUP_BODY				14
#define MARKUP_SMALL			12

#endif							/* JOURNEY_MARKUP_H */
