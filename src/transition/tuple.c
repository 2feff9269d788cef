/*
 * tuple.c
 *		Putting another journey into a tuple.
 *
 * heap_modify_tuple takes all of a tuple apart and puts it together again.  A
 * move changes one value, whose place is known: what stands before it can be
 * copied as it is, and what stands behind it moves by some bytes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"

#include "compat.h"
#include "transition/transition.h"

/* Zero the bytes that align the next value, and return where it starts. */
static inline Size
pad(char *data, Size at, Size start)
{
	while (at < start)
		data[at++] = 0;
	return start;
}

/*
 * The tuple with a value that is not null replaced by another one, byte for
 * byte what heap_modify_tuple would make; or NULL where only that can make it.
 * "before" is the value as a slot of the tuple gives it, "after" a plain value
 * with a long header.
 */
static HeapTuple
replace_value(HeapTuple tuple, TupleDesc desc, AttrNumber attno, Datum before, const struct varlena *after)
{
	HeapTupleHeader old = tuple->t_data;
	const char *source = (char *) old + old->t_hoff;
	const char *begin = DatumGetPointer(before);
	Form_pg_attribute attr = TupleDescAttr(desc, attno - 1);
	bool		packed = VARATT_CAN_MAKE_SHORT(after);
	HeapTuple	result;
	HeapTupleHeader header;
	char	   *target;
	Size		from;			/* how far the source is read */
	Size		at;				/* how far the target is written */

	/* the slot may have its value from elsewhere than from this tuple */
	if (begin < source || begin >= (char *) old + tuple->t_len)
		return NULL;
	if (HeapTupleHeaderGetNatts(old) != desc->natts)
		return NULL;
	/*
	 * A value out of line has marked the tuple; a column of plain storage has
	 * no short headers; and a value that gets shorter may leave padding behind
	 * that was for its long header.
	 */
	if (VARATT_IS_EXTERNAL(begin) || attr->attstorage == TYPSTORAGE_PLAIN ||
		(packed && !VARATT_IS_SHORT(begin)))
		return NULL;

	/* at most seven bytes of padding before each value */
	result = palloc(HEAPTUPLESIZE + tuple->t_len + VARSIZE(after) + (desc->natts - attno + 1) * (Size) MAXIMUM_ALIGNOF);
	header = (HeapTupleHeader) ((char *) result + HEAPTUPLESIZE);
	result->t_self = tuple->t_self;
	result->t_tableOid = tuple->t_tableOid;
	result->t_data = header;
	target = (char *) header + old->t_hoff;

	/* what stands before */
	at = begin - source;
	memcpy(header, old, old->t_hoff + at);
	header->t_infomask &= ~HEAP_XACT_MASK;
	header->t_infomask2 = desc->natts;

	/* the value: a long header is aligned, a short one is not */
	if (packed)
	{
		Size		size = VARATT_CONVERTED_SHORT_SIZE(after);

		SET_VARSIZE_SHORT(target + at, size);
		memcpy(target + at + 1, VARDATA(after), size - 1);
		at += size;
	}
	else
	{
		at = pad(target, at, att_align_nominal(at, attr->attalign));
		memcpy(target + at, after, VARSIZE(after));
		at += VARSIZE(after);
	}

	/* what stands behind, each value aligned anew */
	from = begin - source + VARSIZE_ANY(begin);
	for (int i = attno; i < desc->natts; i++)
	{
		Size		size;

		if ((old->t_infomask & HEAP_HASNULL) != 0 && att_isnull(i, old->t_bits))
			continue;
		attr = TupleDescAttr(desc, i);
		if (attr->attlen == -1)
		{
			from = att_align_pointer(from, attr->attalign, -1, source + from);
			size = VARSIZE_ANY(source + from);
			if (!VARATT_IS_1B(source + from))
				at = pad(target, at, att_align_nominal(at, attr->attalign));
		}
		else
		{
			from = att_align_nominal(from, attr->attalign);
			size = attr->attlen > 0 ? (Size) attr->attlen : strlen(source + from) + 1;
			at = pad(target, at, att_align_nominal(at, attr->attalign));
		}
		memcpy(target + at, source + from, size);
		from += size;
		at += size;
	}
	if (source + from != (char *) old + tuple->t_len)
		return NULL;			/* not how heap_form_tuple leaves a tuple */

	result->t_len = old->t_hoff + at;
	HeapTupleHeaderSetDatumLength(header, result->t_len);
	HeapTupleHeaderSetTypeId(header, desc->tdtypeid);
	HeapTupleHeaderSetTypMod(header, desc->tdtypmod);
	return result;
}

/*
 * The tuple of a slot with another journey.  "before" is what the slot says
 * that it has, NULL when it has none.
 */
HeapTuple
tuple_with_journey(HeapTuple tuple, TupleDesc desc, AttrNumber attno,
				   const Datum *before, const struct varlena *after)
{
	HeapTuple	result = before == NULL ? NULL : replace_value(tuple, desc, attno, *before, after);

	if (result == NULL)
	{
		int			column = attno;
		Datum		value = PointerGetDatum(after);
		bool		isnull = false;

		result = heap_modify_tuple_by_cols(tuple, desc, 1, &column, &value, &isnull);
	}
	return result;
}
