/*
 * pack.c
 *		Packing ordered entries into the stored layout.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "timeline/timeline.h"

void
journey_too_many_entries(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("journey has too many entries"),
			 errdetail("At most %d are allowed.", JOURNEY_MAX_ENTRIES)));
}

void
journey_too_many_labels(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("journey has too many distinct labels"),
			 errdetail("At most %d are allowed.", JOURNEY_MAX_LABELS)));
}

/*
 * The packed journey of entries that are in order and each there once.  Labels
 * that no entry has are left out.  Equal entries give equal bytes, however the
 * labels were numbered before.
 */
struct varlena *
journey_pack(const JourneyLabel *labels, int nlabels, const JourneyEntry *entries, uint32 n)
{
	static const int64 usecs[] = {1, 1000, USECS_PER_SEC};
	int32	   *renumber;
	uint16	   *used;
	int			nused = 0;
	Size		dictsize = 0;
	int			unit = JOURNEY_UNIT_SEC;
	int			offwidth = 0;
	int			numwidth;
	bool		ties = false;
	Size		size;
	struct varlena *result;
	JourneyHeader header;
	uint8	   *p;

	if (n > JOURNEY_MAX_ENTRIES)
		journey_too_many_entries();

	/* number the labels by first appearance */
	renumber = palloc(sizeof(int32) * Max(nlabels, 1));
	used = palloc(sizeof(uint16) * Max(nlabels, 1));
	for (int i = 0; i < nlabels; i++)
		renumber[i] = -1;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		num = entries[i].num;

		if (renumber[num] < 0)
		{
			if (nused >= JOURNEY_MAX_LABELS)
				journey_too_many_labels();
			used[nused] = num;
			renumber[num] = nused++;
			dictsize += labels[num].len + 1;
		}
	}
	numwidth = nused > 256 ? 2 : 1;

	/* the coarsest unit that is exact, and the bytes the longest offset needs in it */
	header.base = n > 0 ? entries[0].at : 0;
	for (uint32 i = 1; i < n && unit > JOURNEY_UNIT_USEC; i++)
	{
		uint64		offset = (uint64) entries[i].at - (uint64) header.base;

		while (offset % usecs[unit] != 0)
			unit--;
	}
	if (n > 0)
	{
		uint64		longest = ((uint64) entries[n - 1].at - (uint64) header.base) / usecs[unit];

		for (; longest != 0; longest >>= 8)
			offwidth++;
	}

	for (uint32 i = 1; i < n && !ties; i++)
		ties = entries[i].at == entries[i - 1].at;

	size = VARHDRSZ + sizeof(header) + dictsize + (Size) n * (numwidth + offwidth);
	result = palloc(size);
	SET_VARSIZE(result, size);
	header.version = JOURNEY_VERSION;
	header.shape = JOURNEY_SHAPE(unit, numwidth, ties, offwidth);
	header.nlabels = nused;
	header.nentries = n;
	p = (uint8 *) VARDATA(result);
	memcpy(p, &header, sizeof(header));
	p += sizeof(header);
	for (int i = 0; i < nused; i++)
	{
		const JourneyLabel *label = &labels[used[i]];

		*p++ = label->len;
		memcpy(p, label->data, label->len);
		p += label->len;
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint16		num = renumber[entries[i].num];

		if (numwidth == 1)
			*p++ = num;
		else
		{
			memcpy(p, &num, 2);
			p += 2;
		}
	}
	for (uint32 i = 0; i < n; i++)
	{
		journey_put_offset(p, ((uint64) entries[i].at - (uint64) header.base) / usecs[unit], offwidth);
		p += offwidth;
	}

	pfree(renumber);
	pfree(used);
	return result;
}
