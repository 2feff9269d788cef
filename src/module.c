/*
 * module.c
 *		The magic block.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "journey", .version = "0.2.0");
#else
PG_MODULE_MAGIC;
#endif
