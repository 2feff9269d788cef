/*
 * input.c
 *		Which types customers and events may have, and looking up event names.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "events/events.h"

/* How to read keys of a type. */
EventKey
event_key_kind(Oid type)
{
	switch (getBaseType(type))
	{
		case INT2OID:
			return EVENT_KEY_INT2;
		case INT4OID:
			return EVENT_KEY_INT4;
		case INT8OID:
			return EVENT_KEY_INT8;
		case UUIDOID:
			return EVENT_KEY_UUID;
		case TEXTOID:
		case VARCHAROID:
			return EVENT_KEY_TEXT;
		case BPCHAROID:
			return EVENT_KEY_BPCHAR;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("customers cannot be told apart by a key of type %s", format_type_be(type)),
			 errhint("The key must be of type bigint, integer, smallint, uuid, text, character varying or character.")));
	return EVENT_KEY_TEXT;		/* not reached */
}

/* Keys are compared as bytes, which must be what their collation does. */
void
event_check_collation(Oid collation)
{
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("nondeterministic collations are not supported for the key of a customer"),
				 errhint("Bring the key into one form, and give it a deterministic collation, such as key COLLATE \"C\".")));
}

void
event_key_too_long(Size len)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("key of a customer is too long"),
			 errdetail("The key has %zu bytes; at most %d are allowed.", len, GROUP_MAX_KEY)));
}

/* An empty index for up to n strings. */
EventIndex *
event_index_new(int n)
{
	EventIndex *index = palloc(sizeof(EventIndex));
	uint32		nslots = 16;

	while (nslots < (uint32) n * 4)
		nslots *= 2;
	index->mask = nslots - 1;
	index->slots = palloc0(sizeof(struct EventSlot) * nslots);
	return index;
}

/* Number of a string, which is added with the given number if it is not there.  The bytes are not copied. */
int
event_index_add(EventIndex *index, const char *bytes, int len, int num)
{
	uint32		i = event_index_hash(bytes, len) & index->mask;
	int			known = event_index_find(index, bytes, len);

	if (known >= 0)
		return known;
	while (index->slots[i].bytes != NULL)
		i = (i + 1) & index->mask;
	index->slots[i].bytes = bytes;
	index->slots[i].len = len;
	index->slots[i].num = num;
	return num;
}
