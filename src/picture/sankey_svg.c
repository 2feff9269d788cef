/*
 * sankey_svg.c
 *		svg_sankey: the edges of paths as flows between columns of labels.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "core/sankey.h"
#include "picture/markup.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(svg_sankey);

#define MAX_COLUMNS		64
#define MAX_NODES		2000
#define MAX_EDGES		20000
#define MAX_TOLD		60			/* edges that the description lists */
#define COLUMN			180			/* from one column to the next, at least */
#define LABEL_ROOM		120			/* for node and label, beside the number */
#define NODE_WIDTH		14
#define FLOW_HEIGHT		320
#define SLOT			19			/* room for a label */
#define GAP				9

/* What a node stands for. */
typedef enum FlowKind
{
	FLOW_LABEL,
	FLOW_OTHER,
	FLOW_OUTSIDE				/* where a path has not begun, or is over */
} FlowKind;

typedef struct FlowNode
{
	int64		column;			/* as the steps count */
	JourneyLabel name;
	FlowKind	kind;
	int64		in;
	int64		out;
	MarkupText	label;
	int			colour;
} FlowNode;

typedef struct FlowEdge
{
	int64		column;			/* of its source */
	JourneyLabel source;
	JourneyLabel target;
	int64		paths;
} FlowEdge;

/* A node that an edge has, and where its number goes. */
typedef struct Mention
{
	int64		column;
	JourneyLabel name;
	int		   *number;
} Mention;

typedef struct Sankey
{
	int			nnodes;
	FlowNode	   *nodes;			/* by column, then by name */
	int			nlinks;
	SankeyLink *links;
	int64	   *paths;			/* of each link */
	int64		most;			/* paths in the fullest column */
	bool		backward;
} Sankey;

pg_noreturn static void
too_many_paths(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("paths of a picture add up to more than a bigint holds")));
}

static int
compare_edges(const void *a, const void *b)
{
	const FlowEdge *x = a;
	const FlowEdge *y = b;
	int			cmp;

	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	cmp = journey_label_cmp(&x->source, &y->source);
	return cmp != 0 ? cmp : journey_label_cmp(&x->target, &y->target);
}

static int
compare_mentions(const void *a, const void *b)
{
	const Mention *x = a;
	const Mention *y = b;

	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return journey_label_cmp(&x->name, &y->name);
}

static bool
is_name(const JourneyLabel *label, const char *name)
{
	return (size_t) label->len == strlen(name) && memcmp(label->data, name, label->len) == 0;
}

/* The elements of an argument, which has none that are null. */
static int
elements(FunctionCallInfo fcinfo, int number, Oid type, int16 len, bool byval, char align, const char *what, Datum **values)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(number);
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of edges must have one dimension"),
				 errdetail("That of each %s has %d.", what, ARR_NDIM(array))));
	deconstruct_array(array, type, len, byval, align, values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s of edge %d must not be null", what, i + 1)));
	}
	return n;
}

/* The edges in the arguments, in order, one of each. */
static int
read_edges(FunctionCallInfo fcinfo, FlowEdge **result)
{
	Datum	   *steps;
	Datum	   *sources;
	Datum	   *targets;
	Datum	   *paths;
	int			n = elements(fcinfo, 0, INT4OID, 4, true, TYPALIGN_INT, "step", &steps);
	int			nsources = elements(fcinfo, 1, TEXTOID, -1, false, TYPALIGN_INT, "source", &sources);
	int			ntargets = elements(fcinfo, 2, TEXTOID, -1, false, TYPALIGN_INT, "target", &targets);
	int			npaths = elements(fcinfo, 3, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, "number of paths", &paths);
	int			nedges = 0;
	int			kept = 0;
	FlowEdge	   *edges;

	if (nsources != n || ntargets != n || npaths != n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays of edges must have the same length"),
				 errdetail("There are %d steps, %d sources, %d targets and %d numbers of paths.", n, nsources, ntargets, npaths)));
	edges = palloc_extended(sizeof(FlowEdge) * Max(n, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
	{
		const text *source = DatumGetTextPP(sources[i]);
		const text *target = DatumGetTextPP(targets[i]);
		FlowEdge	   *edge = &edges[nedges];

		edge->column = DatumGetInt32(steps[i]);
		edge->source.data = VARDATA_ANY(source);
		edge->source.len = VARSIZE_ANY_EXHDR(source);
		edge->target.data = VARDATA_ANY(target);
		edge->target.len = VARSIZE_ANY_EXHDR(target);
		edge->paths = DatumGetInt64(paths[i]);
		if (edge->paths < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("number of paths of edge %d must not be negative", i + 1)));
		if (edge->paths > 0)
			nedges++;
	}
	qsort(edges, nedges, sizeof(FlowEdge), compare_edges);
	for (int i = 0; i < nedges; i++)
	{
		if (kept > 0 && compare_edges(&edges[kept - 1], &edges[i]) == 0)
		{
			if (pg_add_s64_overflow(edges[kept - 1].paths, edges[i].paths, &edges[kept - 1].paths))
				too_many_paths();
		}
		else
			edges[kept++] = edges[i];
	}
	*result = edges;
	return kept;
}

static void
check_size(int count, int limit, const char *what)
{
	if (count > limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("picture would have %d %s, and %d is the limit", count, what, limit),
				 errhint("Count fewer steps, or show fewer labels of each (top).")));
}

/* Nodes and links from edges. */
static void
make_sankey(Sankey *sankey, const FlowEdge *edges, int nedges)
{
	Mention    *mentions = palloc(sizeof(Mention) * Max(2 * nedges, 1));
	int64		first = 0;
	int64		sum = 0;

	check_size(nedges, MAX_EDGES, "edges");
	sankey->nlinks = nedges;
	sankey->links = palloc0(sizeof(SankeyLink) * Max(nedges, 1));
	sankey->paths = palloc(sizeof(int64) * Max(nedges, 1));
	sankey->backward = nedges > 0 && edges[nedges - 1].column < 0;
	for (int i = 0; i < nedges; i++)
	{
		Mention    *mention = &mentions[2 * i];

		mention[0].column = edges[i].column;
		mention[0].name = edges[i].source;
		mention[0].number = &sankey->links[i].source;
		mention[1].column = edges[i].column + 1;
		mention[1].name = edges[i].target;
		mention[1].number = &sankey->links[i].target;
		sankey->links[i].flow = edges[i].paths;
		sankey->paths[i] = edges[i].paths;
	}
	qsort(mentions, 2 * nedges, sizeof(Mention), compare_mentions);
	sankey->nodes = palloc0(sizeof(FlowNode) * Max(2 * nedges, 1));
	sankey->nnodes = 0;
	for (int i = 0; i < 2 * nedges; i++)
	{
		if (i == 0 || compare_mentions(&mentions[i - 1], &mentions[i]) != 0)
		{
			FlowNode	   *node = &sankey->nodes[sankey->nnodes++];

			node->column = mentions[i].column;
			node->name = mentions[i].name;
			node->label = markup_text(node->name.data, node->name.len);
			node->kind = is_name(&node->name, "$exit") || is_name(&node->name, "$entry") ? FLOW_OUTSIDE :
				is_name(&node->name, "$other") ? FLOW_OTHER : FLOW_LABEL;
			/* names that stand for something else, and labels that begin like them */
			if (node->label.len > 1 && node->label.data[0] == '$' && (node->kind != FLOW_LABEL || node->label.data[1] == '$'))
			{
				node->label.data++;
				node->label.len--;
			}
		}
		*mentions[i].number = sankey->nnodes - 1;
	}
	check_size(sankey->nnodes, MAX_NODES, "nodes");
	if (sankey->nnodes > 0)
	{
		int64		columns = sankey->nodes[sankey->nnodes - 1].column - sankey->nodes[0].column + 1;

		first = sankey->nodes[0].column;
		check_size((int) Min(columns, PG_INT32_MAX), MAX_COLUMNS, "columns");
	}

	for (int i = 0; i < nedges; i++)
	{
		if (pg_add_s64_overflow(sankey->nodes[sankey->links[i].source].out, sankey->paths[i],
								&sankey->nodes[sankey->links[i].source].out) ||
			pg_add_s64_overflow(sankey->nodes[sankey->links[i].target].in, sankey->paths[i],
								&sankey->nodes[sankey->links[i].target].in))
			too_many_paths();
	}
	sankey->most = 0;
	for (int i = 0; i < sankey->nnodes; i++)
	{
		const FlowNode *node = &sankey->nodes[i];

		if (node->column != first)
			sum = 0;
		first = node->column;
		if (pg_add_s64_overflow(sum, Max(node->in, node->out), &sum))
			too_many_paths();
		sankey->most = Max(sankey->most, sum);
	}
}

/* A label, and how much of it there is in all columns. */
typedef struct LabelTotal
{
	JourneyLabel name;
	double		paths;
	int			first;			/* its nodes, in order of name */
	int			end;
} LabelTotal;

static int
compare_totals(const void *a, const void *b)
{
	const LabelTotal *x = a;
	const LabelTotal *y = b;

	if (x->paths != y->paths)
		return x->paths > y->paths ? -1 : 1;
	return journey_label_cmp(&x->name, &y->name);
}

/* A label has the same colour in each column; the most frequent ones do not share theirs. */
static void
choose_colours(Sankey *sankey)
{
	Mention    *names = palloc(sizeof(Mention) * Max(sankey->nnodes, 1));
	LabelTotal *totals = palloc0(sizeof(LabelTotal) * Max(sankey->nnodes, 1));
	int			ntotals = 0;
	int			n = 0;

	for (int i = 0; i < sankey->nnodes; i++)
	{
		sankey->nodes[i].colour = -1;
		if (sankey->nodes[i].kind != FLOW_LABEL)
			continue;
		names[n].column = 0;
		names[n].name = sankey->nodes[i].name;
		names[n++].number = &sankey->nodes[i].colour;
	}
	qsort(names, n, sizeof(Mention), compare_mentions);
	for (int i = 0; i < n; i++)
	{
		const FlowNode *node = (const FlowNode *) ((char *) names[i].number - offsetof(FlowNode, colour));

		if (i == 0 || compare_mentions(&names[i - 1], &names[i]) != 0)
		{
			totals[ntotals].name = names[i].name;
			totals[ntotals++].first = i;
		}
		totals[ntotals - 1].paths += Max(node->in, node->out);
		totals[ntotals - 1].end = i + 1;
	}
	qsort(totals, ntotals, sizeof(LabelTotal), compare_totals);
	for (int i = 0; i < ntotals; i++)
	{
		for (int j = totals[i].first; j < totals[i].end; j++)
			*names[j].number = i % MARKUP_COLOURS;
	}
}

static void
append_class(StringInfo buf, const char *name, int colour)
{
	appendStringInfo(buf, "class=\"%s%s", name, *name != '\0' ? " " : "");
	if (colour < 0)
		appendStringInfoString(buf, "over\"");
	else
		appendStringInfo(buf, "c%d\"", colour);
}

/* "home → prices: 12 paths, 40 % of home" */
static void
append_edge(StringInfo buf, const Sankey *sankey, int i)
{
	const FlowNode *source = &sankey->nodes[sankey->links[i].source];
	const FlowNode *target = &sankey->nodes[sankey->links[i].target];

	markup_append_label(buf, source->label);
	appendStringInfoString(buf, " &#8594; ");
	markup_append_label(buf, target->label);
	appendStringInfoString(buf, ": ");
	markup_count(buf, sankey->paths[i]);
	appendStringInfoString(buf, " (");
	markup_share(buf, sankey->paths[i], source->out);
	appendStringInfoString(buf, ")");
}

/* The name of a column. */
static void
append_column(StringInfo buf, const Sankey *sankey, int64 column)
{
	if (!sankey->backward)
		appendStringInfo(buf, "Step " INT64_FORMAT, column);
	else if (column == 0)
		appendStringInfoString(buf, "Last step");
	else
		appendStringInfo(buf, INT64_FORMAT " before", -column);
}

/* A flow: two curves that run side by side. */
static void
append_flow(StringInfo buf, const SankeyLink *link, double from, double to, double top)
{
	double		middle = (from + to) / 2;
	double		height = Max(link->height, 0.5);
	double		points[] = {
		from, link->source_y + top,
		middle, link->source_y + top, middle, link->target_y + top, to, link->target_y + top,
		to, link->target_y + top + height,
		middle, link->target_y + top + height, middle, link->source_y + top + height, from, link->source_y + top + height
	};
	static const char before[] = {'M', 'C', ' ', ' ', 'L', 'C', ' ', ' '};

	appendStringInfoString(buf, " d=\"");
	for (int i = 0; i < (int) lengthof(before); i++)
	{
		appendStringInfoChar(buf, before[i]);
		markup_coordinate(buf, points[2 * i]);
		appendStringInfoChar(buf, ',');
		markup_coordinate(buf, points[2 * i + 1]);
	}
	appendStringInfoString(buf, "Z\"");
}

static int
compare_links(const void *a, const void *b, void *arg)
{
	const int64 *paths = arg;
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	return paths[x] != paths[y] ? (paths[x] > paths[y] ? -1 : 1) : x - y;
}

/* The greatest edges in words. */
static void
append_desc(StringInfo desc, const Sankey *sankey)
{
	int		   *order = palloc(sizeof(int) * Max(sankey->nlinks, 1));

	for (int i = 0; i < sankey->nlinks; i++)
		order[i] = i;
	qsort_arg(order, sankey->nlinks, sizeof(int), compare_links, sankey->paths);
	for (int i = 0; i < sankey->nlinks && i < MAX_TOLD; i++)
	{
		appendStringInfoString(desc, i == 0 ? " " : "; ");
		append_column(desc, sankey, sankey->nodes[sankey->links[order[i]].source].column);
		appendStringInfoString(desc, ", ");
		append_edge(desc, sankey, order[i]);
	}
	if (sankey->nlinks > MAX_TOLD)
		appendStringInfo(desc, "; and %d more", sankey->nlinks - MAX_TOLD);
	appendStringInfoString(desc, ".");
}

/* svg_sankey(steps, sources, targets, paths, title, width) */
Datum
svg_sankey(PG_FUNCTION_ARGS)
{
	Sankey		sankey;
	FlowEdge	   *edges = NULL;
	int			nedges = 0;
	SankeyNode *places;
	SankeyScale scale = {FLOW_HEIGHT, SLOT, GAP};
	StringInfoData title;
	StringInfoData desc;
	StringInfoData body;
	int			ncolumns = 1;
	double		top;
	double		height;
	double		width = MARKUP_DEFAULT_WIDTH;
	double		column = COLUMN;
	double		room;

	if (!PG_ARGISNULL(5))
		width = markup_check_width(PG_GETARG_INT32(5));
	for (int i = 0; i < 4; i++)
	{
		if (PG_ARGISNULL(i) != PG_ARGISNULL(0))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("arrays of edges must all be null or none")));
	}
	/* what array_agg makes of no edges: a picture that says so */
	if (!PG_ARGISNULL(0))
		nedges = read_edges(fcinfo, &edges);
	make_sankey(&sankey, edges, nedges);
	choose_colours(&sankey);

	places = palloc0(sizeof(SankeyNode) * Max(sankey.nnodes, 1));
	for (int i = 0; i < sankey.nnodes; i++)
	{
		places[i].column = (int) (sankey.nodes[i].column - sankey.nodes[0].column);
		places[i].rank = sankey.nodes[i].kind;
		places[i].in = sankey.nodes[i].in;
		places[i].out = sankey.nodes[i].out;
		ncolumns = Max(ncolumns, places[i].column + 1);
		column = Max(column, markup_count_width(Max(sankey.nodes[i].in, sankey.nodes[i].out), MARKUP_SMALL) + LABEL_ROOM);
	}
	height = sankey_layout(places, sankey.nnodes, sankey.links, sankey.nlinks, &scale);
	width = Max(width, ceil(2 * MARKUP_PAD + column * ncolumns));
	column = (width - 2 * MARKUP_PAD) / ncolumns;
	room = column - NODE_WIDTH - 16;

	initStringInfo(&title);
	initStringInfo(&desc);
	initStringInfo(&body);
	top = markup_heading(&title, &body, PG_ARGISNULL(4) ? NULL : PG_GETARG_TEXT_PP(4), "Paths", width);
	markup_count(&desc, sankey.most);
	appendStringInfoString(&desc, sankey.most == 1 ? " path" : " paths");
	appendStringInfo(&body, "<text class=\"small soft\" x=\"%d\" y=\"%.0f\">%s</text>\n", MARKUP_PAD, top + 12, desc.data);
	appendStringInfoChar(&desc, '.');
	top += 26;
	if (sankey.nnodes == 0)
		PG_RETURN_POINTER(markup_picture(width, top + 10, &title, &desc, &body));
	append_desc(&desc, &sankey);

	for (int i = 0; i < sankey.nnodes; i++)
	{
		if (i > 0 && places[i].column == places[i - 1].column)
			continue;
		appendStringInfoString(&body, "<text class=\"small soft\" x=\"");
		markup_coordinate(&body, MARKUP_PAD + column * places[i].column);
		appendStringInfo(&body, "\" y=\"%.0f\">", top + 12);
		append_column(&body, &sankey, sankey.nodes[i].column);
		appendStringInfoString(&body, "</text>\n");
	}
	top += 24;

	for (int i = 0; i < sankey.nlinks; i++)
	{
		const SankeyLink *link = &sankey.links[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(&body, "<path ");
		append_class(&body, "flow", sankey.nodes[link->source].colour);
		append_flow(&body, link, MARKUP_PAD + column * places[link->source].column + NODE_WIDTH,
					MARKUP_PAD + column * places[link->target].column, top);
		appendStringInfoString(&body, "><title>");
		append_edge(&body, &sankey, i);
		appendStringInfoString(&body, "</title></path>\n");
	}
	for (int i = 0; i < sankey.nnodes; i++)
	{
		const FlowNode *node = &sankey.nodes[i];
		const SankeyNode *place = &places[i];
		int64		paths = Max(node->in, node->out);
		double		x = MARKUP_PAD + column * place->column;
		double		count_room = markup_count_width(paths, MARKUP_SMALL) + MARKUP_SMALL;

		appendStringInfoString(&body, "<g>\n<title>");
		markup_append_label(&body, node->label);
		appendStringInfoString(&body, ": ");
		markup_count(&body, paths);
		appendStringInfoString(&body, " (");
		markup_share(&body, paths, sankey.most);
		appendStringInfoString(&body, ")</title>\n<rect ");
		append_class(&body, "", node->colour);
		appendStringInfoString(&body, " x=\"");
		markup_coordinate(&body, x);
		appendStringInfoString(&body, "\" y=\"");
		markup_coordinate(&body, place->y + top);
		appendStringInfo(&body, "\" width=\"%d\" height=\"", NODE_WIDTH);
		markup_coordinate(&body, Max(place->height, 1));
		appendStringInfoString(&body, "\" rx=\"2\"/>\n<text class=\"halo\" x=\"");
		markup_coordinate(&body, x + NODE_WIDTH + 6);
		appendStringInfoString(&body, "\" y=\"");
		markup_coordinate(&body, place->slot + place->slot_height / 2 + top + 5);
		appendStringInfo(&body, "\"><tspan%s>", node->kind == FLOW_LABEL ? "" : " class=\"soft\" font-style=\"italic\"");
		markup_append_label(&body, markup_fit(node->label, MARKUP_BODY, room - count_room));
		appendStringInfoString(&body, "</tspan> <tspan class=\"small soft\">");
		markup_count(&body, paths);
		appendStringInfoString(&body, "</tspan></text>\n</g>\n");
	}
	PG_RETURN_POINTER(markup_picture(width, ceil(top + height + MARKUP_PAD), &title, &desc, &body));
}
