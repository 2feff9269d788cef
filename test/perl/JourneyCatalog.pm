# What an extension is, as lines of text that do not depend on object numbers: two databases have the same extension if
# and only if the lines are the same.
package JourneyCatalog;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(catalog_query);

# Each part gives rows of one column.  members has the objects of the extension, with those that come with them.
my @parts = (
	# what it has
	q{SELECT 'object ' || what FROM members},
	q{SELECT 'function ' || m.what || E'\n' || CASE WHEN p.prokind IN ('f', 'p', 'w') THEN pg_get_functiondef(p.oid) ELSE '' END
		|| format(' kind %s language %s cost %s rows %s support %s leakproof %s strict %s returns set %s volatile %s parallel %s result %s arguments %s config %s owner has rights %s probin %s src %s',
			p.prokind, l.lanname, p.procost, p.prorows, p.prosupport, p.proleakproof, p.proisstrict, p.proretset, p.provolatile, p.proparallel,
			pg_get_function_result(p.oid), pg_get_function_arguments(p.oid), p.proconfig, p.prosecdef, p.probin, md5(p.prosrc))
		FROM members m JOIN pg_proc p ON p.oid = m.objid AND m.classid = 'pg_proc'::regclass JOIN pg_language l ON l.oid = p.prolang},
	q{SELECT 'aggregate ' || m.what || format(' kind %s direct %s trans %s final %s combine %s serial %s deserial %s mtrans %s minv %s mfinal %s extra %s %s modify %s %s sort %s type %s space %s mtype %s mspace %s init %L minit %L',
			a.aggkind, a.aggnumdirectargs, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn,
			a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify, a.aggsortop::regoperator, a.aggtranstype::regtype, a.aggtransspace,
			a.aggmtranstype::regtype, a.aggmtransspace, a.agginitval, a.aggminitval)
		FROM members m JOIN pg_aggregate a ON a.aggfnoid = m.objid AND m.classid = 'pg_proc'::regclass},
	q{SELECT 'type ' || m.what || format(' kind %s length %s by value %s category %s preferred %s delimiter %s element %s array %s in %s out %s receive %s send %s modifier %s %s analyze %s subscript %s align %s storage %s not null %s base %s modifier %s dims %s collation %s default %L',
			t.typtype, t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typdelim, t.typelem::regtype, t.typarray::regtype, t.typinput, t.typoutput, t.typreceive, t.typsend,
			t.typmodin, t.typmodout, t.typanalyze, t.typsubscript, t.typalign, t.typstorage, t.typnotnull, t.typbasetype::regtype, t.typtypmod, t.typndims, t.typcollation::regcollation, t.typdefault)
		FROM members m JOIN pg_type t ON t.oid = m.objid AND m.classid = 'pg_type'::regclass},
	q{SELECT 'label ' || m.what || ' ' || row_number() OVER (PARTITION BY e.enumtypid ORDER BY e.enumsortorder) || ' ' || e.enumlabel
		FROM members m JOIN pg_enum e ON e.enumtypid = m.objid AND m.classid = 'pg_type'::regclass},
	q{SELECT 'constraint ' || m.what || ' ' || pg_get_constraintdef(c.oid) FROM members m JOIN pg_constraint c ON c.contypid = m.objid AND m.classid = 'pg_type'::regclass},
	q{SELECT 'relation ' || m.what || format(' kind %s options %s', c.relkind, c.reloptions) || CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) ELSE '' END
		FROM members m JOIN pg_class c ON c.oid = m.objid AND m.classid = 'pg_class'::regclass},
	q{SELECT 'column ' || m.what || format(' %s %s %s not null %s storage %s collation %s acl %s', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage, a.attcollation::regcollation, a.attacl)
		FROM members m JOIN pg_class c ON c.oid = m.objid AND m.classid = 'pg_class'::regclass JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0},
	q{SELECT 'operator ' || m.what || format(' result %s function %s commutator %s negator %s restrict %s join %s hashes %s merges %s', o.oprresult::regtype, o.oprcode::regprocedure,
			o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest, o.oprjoin, o.oprcanhash, o.oprcanmerge)
		FROM members m JOIN pg_operator o ON o.oid = m.objid AND m.classid = 'pg_operator'::regclass},
	q{SELECT 'operator class ' || m.what || format(' type %s default %s key %s family %s', c.opcintype::regtype, c.opcdefault, c.opckeytype::regtype, f.opfname)
		FROM members m JOIN pg_opclass c ON c.oid = m.objid AND m.classid = 'pg_opclass'::regclass JOIN pg_opfamily f ON f.oid = c.opcfamily},
	q{SELECT 'in family ' || m.what || format(' operator %s %s for %s %s', a.amopstrategy, a.amopopr::regoperator, a.amoppurpose, s.opfname)
		FROM members m JOIN pg_amop a ON a.amopfamily = m.objid AND m.classid = 'pg_opfamily'::regclass LEFT JOIN pg_opfamily s ON s.oid = a.amopsortfamily},
	q{SELECT 'in family ' || m.what || format(' function %s %s for %s, %s', a.amprocnum, a.amproc::regprocedure, a.amproclefttype::regtype, a.amprocrighttype::regtype)
		FROM members m JOIN pg_amproc a ON a.amprocfamily = m.objid AND m.classid = 'pg_opfamily'::regclass},
	q{SELECT 'cast ' || m.what || format(' function %s context %s method %s', c.castfunc::regprocedure, c.castcontext, c.castmethod)
		FROM members m JOIN pg_cast c ON c.oid = m.objid AND m.classid = 'pg_cast'::regclass},
	# what is said of it, and who may use it
	q{SELECT format('comment %s %s %L', m.what, d.objsubid, d.description) FROM members m JOIN pg_description d ON d.objoid = m.objid AND d.classoid = m.classid},
	q{SELECT format('rights %s %s', m.what, p.proacl) FROM members m JOIN pg_proc p ON p.oid = m.objid AND m.classid = 'pg_proc'::regclass},
	q{SELECT format('rights %s %s', m.what, t.typacl) FROM members m JOIN pg_type t ON t.oid = m.objid AND m.classid = 'pg_type'::regclass},
	q{SELECT format('rights %s %s', m.what, c.relacl) FROM members m JOIN pg_class c ON c.oid = m.objid AND m.classid = 'pg_class'::regclass},
	q{SELECT format('rights schema %s', nspacl) FROM pg_namespace WHERE nspname = 'journey'},
	q{SELECT format('initial rights %s %s %s', m.what, i.objsubid, i.initprivs) FROM members m JOIN pg_init_privs i ON i.objoid = m.objid AND i.classoid = m.classid},
	# what depends on what, the extension and other members alike
	q{SELECT DISTINCT format('depends %s (%s) on %s (%s) %s', m.what, d.objsubid, r.type || ' ' || r.identity, d.refobjsubid, d.deptype)
		FROM members m JOIN pg_depend d ON d.objid = m.objid AND d.classid = m.classid CROSS JOIN LATERAL pg_identify_object(d.refclassid, d.refobjid, 0) r},
	q{SELECT format('extension version %s schema %s relocatable %s config %s', extversion, extnamespace::regnamespace, extrelocatable, extconfig) FROM pg_extension WHERE extname = 'journey'},
	q{SELECT 'in the schema and not of the extension: ' || i.type || ' ' || i.identity
		FROM (SELECT 'pg_proc'::regclass AS c, oid AS o FROM pg_proc WHERE pronamespace = to_regnamespace('journey')
			UNION ALL SELECT 'pg_type', oid FROM pg_type WHERE typnamespace = to_regnamespace('journey')
			UNION ALL SELECT 'pg_operator', oid FROM pg_operator WHERE oprnamespace = to_regnamespace('journey')
			UNION ALL SELECT 'pg_class', oid FROM pg_class WHERE relnamespace = to_regnamespace('journey')) s
		CROSS JOIN LATERAL pg_identify_object(s.c, s.o, 0) i WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = s.c AND m.objid = s.o)},
);

# A statement for psql -At.
sub catalog_query
{
	return q{
	SET search_path = pg_catalog;
	CREATE TEMP TABLE members AS
	WITH RECURSIVE m(classid, objid) AS (
		SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
		WHERE e.extname = 'journey' AND d.deptype = 'e'
		UNION
		-- array types, row types and the like
		SELECT d.classid, d.objid FROM m JOIN pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype = 'i'
			AND d.classid IN ('pg_type'::regclass, 'pg_class'::regclass))
	SELECT m.classid, m.objid, i.type || ' ' || i.identity AS what FROM m CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, 0) i;
	SELECT line FROM (} . join(' UNION ALL ', @parts) . q{) AS lines(line) WHERE line IS NOT NULL ORDER BY line COLLATE "C"};
}

1;
