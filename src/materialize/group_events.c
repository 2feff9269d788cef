/*
 * group_events.c
 *		The journeys of all customers of an event table, in one pass over it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/nodeHash.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "events/events.h"
#include "materialize/dictionary.h"
#include "materialize/period.h"
#include "timeline/timeline.h"

PG_FUNCTION_INFO_V1(group_events);

/* Label numbers up to this many bits keep records narrow (core/group.h). */
#define LABEL_BITS		16

/* Seconds between two notices of progress, and rows between two looks at the clock. */
#define NOTICE_SECONDS	10
#define NOTICE_ROWS		65536

/* Takes in the rows of the query. */
typedef struct Reader
{
	DestReceiver pub;
	Spool	   *spool;
	EventKey	key;
	bool		is_enum;		/* events are enum values */
	Dictionary	labels;			/* of names, or of the values as four bytes */
	MemoryContext row_context;
	uint64		rows;
	TimestampTz next_notice;
} Reader;

/* What becomes of the groups. */
typedef struct Writer
{
	ReturnSetInfo *rsinfo;
	MemoryContext context;		/* of the work areas */
	Spool	   *spool;
	EventKey	key;
	int32		typmod;			/* of the key */
	bool		periods;
	Period		period;
	uint32		nlabels;		/* of all labels */
	JourneyLabel *labels;
	uint32	   *ranks;
	uint32	   *local;			/* number of a label in the present journey */
	uint64	   *seen;			/* journey that local was set for */
	JourneyLabel *own;			/* labels of the present journey */
	JourneyEntry *entries;
	Size		maxentries;
	uint64		journeys;
} Writer;

static bool
reader_receive(TupleTableSlot *slot, DestReceiver *self)
{
	Reader	   *reader = (Reader *) self;
	MemoryContext oldcontext;
	uint32		num;

	if ((++reader->rows & (NOTICE_ROWS - 1)) == 0 && GetCurrentTimestamp() >= reader->next_notice)
	{
		ereport(NOTICE,
				(errmsg("%llu events read", (unsigned long long) reader->rows)));
		reader->next_notice = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), NOTICE_SECONDS * 1000);
	}

	slot_getsomeattrs(slot, 3);
	if (slot->tts_isnull[0] || slot->tts_isnull[1] || slot->tts_isnull[2])
		return true;
	journey_check_time(DatumGetTimestampTz(slot->tts_values[1]));
	oldcontext = MemoryContextSwitchTo(reader->row_context);
	if (reader->is_enum)
	{
		Oid			value = DatumGetObjectId(slot->tts_values[2]);

		num = dictionary_number(&reader->labels, (const char *) &value, sizeof(value));
	}
	else
	{
		struct varlena *label = PG_DETOAST_DATUM_PACKED(slot->tts_values[2]);
		Size		len = VARSIZE_ANY_EXHDR(label);

		num = dictionary_number(&reader->labels, VARDATA_ANY(label), (int) len);
	}
	event_put(reader->spool, reader->key, slot->tts_values[0], DatumGetTimestampTz(slot->tts_values[1]), num);
	MemoryContextSwitchTo(oldcontext);
	MemoryContextReset(reader->row_context);
	return true;
}

static void
reader_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
	(void) self;
	(void) operation;
	(void) typeinfo;
}

static void
reader_end(DestReceiver *self)
{
	(void) self;
}

/* Number of a column of the table, which must be there. */
static AttrNumber
find_column(Oid relid, Name column)
{
	AttrNumber	attno = get_attnum(relid, NameStr(*column));

	if (attno <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						NameStr(*column), get_rel_name(relid))));
	return attno;
}

/*
 * What makes microseconds of the time column in SQL, whatever the session's
 * time zone is: a timestamp without time zone is taken as UTC.
 */
static const char *
time_cast(Oid relid, Name column)
{
	Oid			type = getBaseType(get_atttype(relid, find_column(relid, column)));

	switch (type)
	{
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
			return "";
		case DATEOID:
			return "::pg_catalog.timestamp";
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of relation \"%s\" is no time", NameStr(*column), get_rel_name(relid)),
			 errdetail("It is of type %s.", format_type_be(type)),
			 errhint("The time must be of type timestamp with time zone, timestamp (taken as UTC) or date.")));
	return NULL;
}

/* Read the table into the spool. */
static void
read_events(Reader *reader, Oid relid, Name key, Name at, Name event)
{
	Oid			event_type = getBaseType(get_atttype(relid, find_column(relid, event)));
	SPIExecuteOptions options;
	StringInfoData query;
	int			result;

	reader->is_enum = get_typtype(event_type) == TYPTYPE_ENUM;
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s, %s%s, %s%s FROM %s",
					 quote_identifier(NameStr(*key)),
					 quote_identifier(NameStr(*at)), time_cast(relid, at),
					 quote_identifier(NameStr(*event)),
					 reader->is_enum ? "" : "::pg_catalog.text",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												get_rel_name(relid)));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	memset(&options, 0, sizeof(options));
	options.read_only = true;
	options.dest = &reader->pub;
	result = SPI_execute_extended(query.data, &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_extended failed: %s", SPI_result_code_string(result));
	SPI_finish();
}

static int
compare_ranks(const void *a, const void *b)
{
	uint32		x = ((const JourneyEntry *) a)->rank;
	uint32		y = ((const JourneyEntry *) b)->rank;

	return x < y ? -1 : x > y;
}

/* The journey of events that are in order of time, then label number. */
static struct varlena *
make_journey(Writer *writer, const GroupEvent *events, Size n)
{
	int			nown = 0;
	Size		kept = 0;
	Size		tied = 0;		/* first entry of the present time */

	writer->journeys++;
	if (n > writer->maxentries)
	{
		if (writer->entries)
			pfree(writer->entries);
		writer->maxentries = Max(n, 2 * writer->maxentries);
		writer->entries = MemoryContextAllocHuge(writer->context, sizeof(JourneyEntry) * writer->maxentries);
	}
	for (Size i = 0; i < n; i++)
	{
		uint32		label = (uint32) events[i].what;
		JourneyEntry *entry = &writer->entries[kept];

		if (i > 0 && events[i].at == events[i - 1].at)
		{
			if (events[i].what == events[i - 1].what)
				continue;
		}
		else
		{
			if (kept - tied > 1)
				qsort(writer->entries + tied, kept - tied, sizeof(JourneyEntry), compare_ranks);
			tied = kept;
		}
		if (writer->seen[label] != writer->journeys)
		{
			writer->seen[label] = writer->journeys;
			writer->local[label] = nown;
			writer->own[nown++] = writer->labels[label];
		}
		entry->at = events[i].at;
		entry->num = writer->local[label];
		entry->rank = writer->ranks[label];
		kept++;
	}
	if (kept - tied > 1)
		qsort(writer->entries + tied, kept - tied, sizeof(JourneyEntry), compare_ranks);
	if (kept > JOURNEY_MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey has too many entries"),
				 errdetail("At most %d are allowed.", JOURNEY_MAX_ENTRIES),
				 errhint("Cut the history into periods.")));
	return journey_pack(writer->own, nown, writer->entries, (uint32) kept);
}

/* The key of a group as a value of its type. */
static Datum
key_datum(const Writer *writer, const GroupRun *run)
{
	switch (writer->key)
	{
		case EVENT_KEY_INT2:
			return Int16GetDatum((int16) run->key);
		case EVENT_KEY_INT4:
			return Int32GetDatum((int32) run->key);
		case EVENT_KEY_INT8:
			return Int64GetDatum((int64) run->key);
		case EVENT_KEY_UUID:
			return PointerGetDatum(run->bytes);
		case EVENT_KEY_TEXT:
			return PointerGetDatum(cstring_to_text_with_len(run->bytes, run->len));
		case EVENT_KEY_BPCHAR:
			return DirectFunctionCall3(bpchar,
									   PointerGetDatum(cstring_to_text_with_len(run->bytes, run->len)),
									   Int32GetDatum(writer->typmod), BoolGetDatum(true));
	}
	return (Datum) 0;
}

static void
write_groups(Writer *writer)
{
	MemoryContext row_context = AllocSetContextCreate(writer->context, "group_events journey",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(row_context);
	bool		nulls[3] = {false, false, false};
	GroupRun	run;

	while (spool_next(writer->spool, &run))
	{
		Size		to;

		for (Size from = 0; from < run.n; from = to)
		{
			Datum		values[3];
			int			column = 0;

			CHECK_FOR_INTERRUPTS();
			values[column++] = key_datum(writer, &run);
			to = run.n;
			if (writer->periods)
			{
				int64		start;
				int64		end;

				period_of(&writer->period, run.events[from].at, &start, &end);
				for (to = from + 1; to < run.n && run.events[to].at < end; to++)
					 /* the events of this period */ ;
				values[column++] = TimestampTzGetDatum(start);
			}
			values[column] = PointerGetDatum(make_journey(writer, run.events + from, to - from));
			tuplestore_putvalues(writer->rsinfo->setResult, writer->rsinfo->setDesc, values, nulls);
			MemoryContextReset(row_context);
		}
	}
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(row_context);
}

/* The columns the caller has to declare: the key, the period if there is one, the journey. */
static void
check_columns(TupleDesc desc, Oid key_type, bool periods)
{
	int			natts = periods ? 3 : 2;
	Form_pg_attribute journey;

	if (desc->natts != natts)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("group_events returns %d columns here, not %d", natts, desc->natts),
				 errdetail("They are the key%s and the journey.", periods ? ", the period" : "")));
	if (TupleDescAttr(desc, 0)->atttypid != key_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the key is of type %s, not %s",
						format_type_be(key_type), format_type_be(TupleDescAttr(desc, 0)->atttypid))));
	if (periods && TupleDescAttr(desc, 1)->atttypid != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the period is of type %s, not %s",
						format_type_be(TIMESTAMPTZOID), format_type_be(TupleDescAttr(desc, 1)->atttypid))));

	/* our own type has no fixed number; its name and schema tell it */
	journey = TupleDescAttr(desc, natts - 1);
	if (strcmp(format_type_extended(journey->atttypid, -1, FORMAT_TYPE_FORCE_QUALIFY), "journey.journey") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the journey is of type journey.journey, not %s", format_type_be(journey->atttypid))));
}

/* group_events(events regclass, key name, at name, event name, period interval) */
Datum
group_events(PG_FUNCTION_ARGS)
{
	Oid			relid;
	AttrNumber	key_attno;
	Oid			key_type;
	Oid			key_collation;
	MemoryContext context;
	MemoryContext oldcontext;
	SpoolPool  *pool;
	Reader		reader;
	Writer		writer;

	for (int i = 0; i < 4; i++)
	{
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("table and columns must not be null")));
	}
	memset(&reader, 0, sizeof(reader));
	memset(&writer, 0, sizeof(writer));
	writer.periods = !PG_ARGISNULL(4);
	if (writer.periods)
		period_init(&writer.period, PG_GETARG_INTERVAL_P(4));
	relid = PG_GETARG_OID(0);
	if (get_rel_name(relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	key_attno = find_column(relid, PG_GETARG_NAME(1));
	get_atttypetypmodcoll(relid, key_attno, &key_type, &writer.typmod, &key_collation);
	reader.key = writer.key = event_key_kind(key_type);
	event_check_collation(key_collation);
	/* in a select list there is no list of columns to go by */
	if (fcinfo->resultinfo != NULL && IsA(fcinfo->resultinfo, ReturnSetInfo) &&
		((((ReturnSetInfo *) fcinfo->resultinfo)->allowedModes & SFRM_Materialize) == 0 ||
		 ((ReturnSetInfo *) fcinfo->resultinfo)->expectedDesc == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("group_events must be called in FROM, with the columns it returns"),
				 errhint("SELECT * FROM journey.group_events(...) AS g(key %s, journey journey.journey)",
						 format_type_be(key_type))));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	writer.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	check_columns(writer.rsinfo->setDesc, key_type, writer.periods);

	context = AllocSetContextCreate(CurrentMemoryContext, "group_events", ALLOCSET_DEFAULT_SIZES);
	oldcontext = MemoryContextSwitchTo(context);
	writer.context = context;
	pool = spool_pool_new(context, get_hash_memory_limit());
	reader.spool = writer.spool = spool_new(pool, reader.key >= EVENT_KEY_UUID, LABEL_BITS);
	dictionary_init(&reader.labels);
	reader.row_context = AllocSetContextCreate(context, "group_events row", ALLOCSET_SMALL_SIZES);
	reader.next_notice = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), NOTICE_SECONDS * 1000);
	reader.pub.receiveSlot = reader_receive;
	reader.pub.rStartup = reader_startup;
	reader.pub.rShutdown = reader_end;
	reader.pub.rDestroy = reader_end;
	reader.pub.mydest = DestTuplestore;	/* as good as any but DestNone, which is no SELECT */
	read_events(&reader, relid, PG_GETARG_NAME(1), PG_GETARG_NAME(2), PG_GETARG_NAME(3));

	writer.nlabels = reader.labels.n;
	writer.labels = reader.labels.labels;
	if (reader.is_enum)
	{
		/* from values to their labels */
		writer.labels = palloc(sizeof(JourneyLabel) * Max(writer.nlabels, 1));
		for (uint32 i = 0; i < writer.nlabels; i++)
		{
			char	   *label = palloc(NAMEDATALEN);
			Oid			value;

			memcpy(&value, reader.labels.labels[i].data, sizeof(value));
			writer.labels[i].len = journey_enum_label(value, label);
			writer.labels[i].data = label;
		}
		reader.labels.labels = writer.labels;
	}
	writer.ranks = dictionary_ranks(&reader.labels);
	writer.local = palloc_extended(sizeof(uint32) * ((Size) writer.nlabels + 1), MCXT_ALLOC_HUGE);
	writer.own = palloc_extended(sizeof(JourneyLabel) * ((Size) writer.nlabels + 1), MCXT_ALLOC_HUGE);
	writer.seen = palloc_extended(sizeof(uint64) * ((Size) writer.nlabels + 1),
								  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	spool_rewind(writer.spool);
	write_groups(&writer);
	spool_free(writer.spool);
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(context);
	return (Datum) 0;
}
