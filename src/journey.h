/*
 * journey.h
 *		The value layouts and their argument macros; nothing else.
 *
 * A journey is a set of entries (label, time), kept in order of time and, at
 * equal times, of label bytes.  The same label at the same microsecond is one
 * entry.  Values are self-contained: labels are text inside the value.
 *
 * Packed layout: the only one that is stored, sent, compared or hashed.  It is
 * canonical: equal journeys have equal bytes.
 *
 *		JourneyHeader
 *		dictionary		nlabels x (length byte, label bytes), by first appearance
 *		label numbers	nentries x numwidth bytes
 *		time offsets	nentries x offwidth bytes, in units from the base
 *
 * Building layout: the state of an aggregate, with spare room.  It exists only
 * between transition calls; whatever reads a journey accepts it and packs it
 * first (journey_view_init).
 */
#ifndef JOURNEY_H
#define JOURNEY_H

#include "fmgr.h"

#include "compat.h"

#define JOURNEY_VERSION			1
#define JOURNEY_BUILDING		0x80	/* bit of the version byte */

#define JOURNEY_MAX_LABEL		255		/* bytes of one label */
#define JOURNEY_MAX_LABELS		65535	/* distinct labels of one value */
#define JOURNEY_MAX_ENTRIES		16777216	/* entries of one value */

/* The first bytes after the varlena header; copied out, since a short varlena header leaves them unaligned. */
typedef struct JourneyHeader
{
	uint8		version;		/* JOURNEY_VERSION */
	uint8		shape;			/* see below */
	uint16		nlabels;
	uint32		nentries;
	int64		base;			/* time of the first entry; 0 when there is none */
} JourneyHeader;

/*
 * shape: bits 0-1 unit, bit 2 label numbers of two bytes, bit 3 entries of equal time, bits 4-7 bytes of a time
 * offset (0 to 8)
 */
#define JOURNEY_UNIT_USEC		0
#define JOURNEY_UNIT_MSEC		1
#define JOURNEY_UNIT_SEC		2
#define JOURNEY_SHAPE(unit, numwidth, ties, offwidth) \
	((uint8) ((unit) | ((numwidth) == 2 ? 4 : 0) | ((ties) ? 8 : 0) | ((offwidth) << 4)))
#define JOURNEY_SHAPE_UNIT(shape)		((shape) & 3)
#define JOURNEY_SHAPE_NUMWIDTH(shape)	(((shape) & 4) ? 2 : 1)
#define JOURNEY_SHAPE_TIES(shape)		(((shape) & 8) != 0)
#define JOURNEY_SHAPE_OFFWIDTH(shape)	((shape) >> 4)

/*
 * The building layout.  Always reached through a full detoast, so it is
 * aligned (the type is declared with double alignment).  The sections follow
 * the struct in this order; see timeline/build.c for their addresses.
 */
typedef struct JourneyBuild
{
	int32		vl_len_;		/* varlena header; never touch directly */
	uint8		version;		/* JOURNEY_VERSION | JOURNEY_BUILDING */
	uint8		sorted;			/* entries are strictly ascending so far */
	uint16		nlabels;
	uint32		nentries;
	uint32		maxentries;		/* int64 at[maxentries], then uint16 num[] */
	uint32		maxlabels;		/* uint32 offset[maxlabels] into the dictionary */
	uint32		nslots;			/* uint16 slot[nslots]: hash index, 0 slots when few labels */
	uint32		dictused;
	uint32		dictmax;		/* char dict[dictmax] */
} JourneyBuild;

/* A journey argument, detoasted but possibly with a short header; read it with journey_view_init. */
#define DatumGetJourneyPP(d)		((struct varlena *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_JOURNEY_PP(n)		DatumGetJourneyPP(PG_GETARG_DATUM(n))
#define PG_RETURN_JOURNEY_P(x)		PG_RETURN_POINTER(x)

#endif							/* JOURNEY_H */
