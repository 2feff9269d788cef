/*
 * events.h
 *		Reading customers and events from the rows of any table.
 */
#ifndef JOURNEY_EVENTS_H
#define JOURNEY_EVENTS_H

#include "utils/uuid.h"

#include "events/spool.h"

/* Types a key may have. */
typedef enum EventKey
{
	EVENT_KEY_INT2,
	EVENT_KEY_INT4,
	EVENT_KEY_INT8,
	EVENT_KEY_UUID,
	EVENT_KEY_TEXT,
	EVENT_KEY_BPCHAR
} EventKey;

/* A fixed set of byte strings, each with a number. */
typedef struct EventIndex
{
	uint32		mask;			/* slots - 1, a power of two */
	struct EventSlot
	{
		const char *bytes;		/* NULL: free */
		int			len;
		int			num;
	}		   *slots;
} EventIndex;

/* input.c */
extern EventKey event_key_kind(Oid type);
extern void event_key_too_long(Size len);
extern void event_check_collation(Oid collation);
extern EventIndex *event_index_new(int n);
extern int	event_index_add(EventIndex *index, const char *bytes, int len, int num);

static inline uint32
event_index_hash(const char *bytes, int len)
{
	const unsigned char *p = (const unsigned char *) bytes;

	if (len == 0)
		return 0;
	return p[0] + 5 * (uint32) p[len - 1] + 19 * (uint32) p[len / 2] + 37 * (uint32) len;
}

/* Number of a string, or -1. */
static inline int
event_index_find(const EventIndex *index, const char *bytes, int len)
{
	uint32		i = event_index_hash(bytes, len) & index->mask;

	for (; index->slots[i].bytes != NULL; i = (i + 1) & index->mask)
	{
		if (index->slots[i].len == len && memcmp(index->slots[i].bytes, bytes, len) == 0)
			return index->slots[i].num;
	}
	return -1;
}

/* Put an event into a spool whose keys are of the given kind. */
static inline void
event_put(Spool *spool, EventKey kind, Datum key, int64 at, uint64 what)
{
	switch (kind)
	{
		case EVENT_KEY_INT2:
			spool_put_integer(spool, DatumGetInt16(key), at, what);
			break;
		case EVENT_KEY_INT4:
			spool_put_integer(spool, DatumGetInt32(key), at, what);
			break;
		case EVENT_KEY_INT8:
			spool_put_integer(spool, DatumGetInt64(key), at, what);
			break;
		case EVENT_KEY_UUID:
			spool_put_bytes(spool, (const char *) DatumGetUUIDP(key)->data, UUID_LEN, at, what);
			break;
		case EVENT_KEY_TEXT:
		case EVENT_KEY_BPCHAR:
			{
				struct varlena *value = PG_DETOAST_DATUM_PACKED(key);
				const char *bytes = VARDATA_ANY(value);
				Size		len = VARSIZE_ANY_EXHDR(value);

				/* trailing blanks of character(n) are no part of the value */
				while (kind == EVENT_KEY_BPCHAR && len > 0 && bytes[len - 1] == ' ')
					len--;
				if (unlikely(len > GROUP_MAX_KEY))
					event_key_too_long(len);
				spool_put_bytes(spool, bytes, (int) len, at, what);
			}
			break;
	}
}

#endif							/* JOURNEY_EVENTS_H */
