# journey: customer journeys inside PostgreSQL.  Built with PGXS; also out of tree (make -f path/Makefile).
#
#   make, make install, make installcheck    the usual PGXS targets, against PG_CONFIG
#   make check, make demo, make bench        throw-away server, nothing installed into the system (test/run)
#   make check-citus                         the same on Citus, where that is installed or can be

# Where the sources are, whether or not this is the current directory.
top := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))

OWN_GOALS = check check-citus demo bench
ifneq ($(filter $(OWN_GOALS),$(MAKECMDGOALS)),)

# These bring their own server and need no pg_config yet; PGXS has a check of its own, so it is left out.
# make check PARTS='regress core', make demo DIR=folder
$(OWN_GOALS):
	$(top)/test/run $(subst -, ,$@) $(if $(filter check,$@),$(PARTS)) $(if $(filter demo,$@),$(DIR))
.PHONY: $(OWN_GOALS)

else

EXTENSION  = journey
MODULE_big = journey
PGFILEDESC = "journey - customer journeys"

EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(top)/journey.control)
INSTALL_SQL = sql/$(EXTENSION)--$(EXTVERSION).sql

SOURCES   := $(sort $(wildcard $(top)/src/*.c $(top)/src/*/*.c))
OBJS      := $(patsubst $(top)/%.c,%.o,$(SOURCES))
HEADERS_  := $(wildcard $(top)/src/*.h $(top)/src/*/*.h)
FRAGMENTS := $(sort $(wildcard $(top)/sql/[0-9][0-9]_*.sql))

DATA       = $(patsubst $(top)/%,%,$(wildcard $(top)/sql/$(EXTENSION)--*--*.sql))
DATA_built = $(INSTALL_SQL)
DOCS       = $(patsubst $(top)/%,%,$(wildcard $(top)/doc/*.md))

PG_CPPFLAGS = -I$(top)/src

REGRESS      = $(sort $(patsubst $(top)/test/sql/%.sql,%,$(wildcard $(top)/test/sql/*.sql)))
ISOLATION    = $(sort $(patsubst $(top)/test/specs/%.spec,%,$(wildcard $(top)/test/specs/*.spec)))
# Inputs are under test/; outputs are compared with expected/ of the current directory (see below for VPATH).
# The isolation tester is told --outputdir=. because PGXS points it at a folder of its own.
REGRESS_OPTS = --inputdir=$(top)/test --load-extension=journey
ISOLATION_OPTS = $(REGRESS_OPTS) --outputdir=.

EXTRA_CLEAN = $(INSTALL_SQL) $(OBJS:.o=.bc) results output_iso tmp_check regression.diffs regression.out

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Pages have plain names: they go to a folder of their own, beside those of other extensions.
docmoduledir := extension/journey

$(OBJS): $(HEADERS_)

# An out-of-tree build has none of the folders yet.  They are no targets of their own: make would find those of the
# sources, through VPATH, and be content.
.PHONY: folders
folders:
	@mkdir -p $(sort $(dir $(OBJS) $(INSTALL_SQL)))
$(OBJS): | folders

$(INSTALL_SQL): $(FRAGMENTS) $(top)/journey.control | folders
	cat $(FRAGMENTS) > $@

ifneq ($(top),.)
# An out-of-tree installcheck looks for expected/ beside the build.
installcheck: | expected_here
.PHONY: expected_here
expected_here:
	@test -e expected || ln -s $(abspath $(top))/expected expected
endif

endif
