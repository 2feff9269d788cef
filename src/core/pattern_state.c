/*
 * pattern_state.c
 *		Walks over rows: the states at a place, and the ties around it.
 */
#ifdef FRONTEND
#include "postgres_fe.h"
#else
#include "postgres.h"
#endif

#include "core/pattern_walk.h"

State *
pwalk_new_state(Walk *walk)
{
	const Pattern *pattern = walk->pattern;
	State	   *state = walk->free;

	if (state != NULL)
	{
		walk->free = state->next_free;
		memset(state->set, 0, sizeof(uint64) * pattern->nwords);
		for (int i = 0; i < pattern->ntimed; i++)
		{
			state->times[i].open = false;
			state->times[i].n = 0;
		}
		return state;
	}
	state = palloc0(sizeof(State));
	state->set = palloc0(sizeof(uint64) * pattern->nwords);
	if (pattern->limited)
		state->mark = palloc(sizeof(int64) * pattern->npos);
	if (pattern->ntimed > 0)
		state->times = palloc0(sizeof(Times) * pattern->ntimed);
	return state;
}

void
pwalk_free_state(Walk *walk, State *state)
{
	state->next_free = walk->free;
	walk->free = state;
}

void
pwalk_level_clear(Walk *walk, Level *level)
{
	for (int i = 0; i < level->n; i++)
		pwalk_free_state(walk, level->state[i]);
	level->n = 0;
}

State *
pwalk_level_add(Level *level, int node, State *state)
{
	if (level->n >= level->room)
	{
		level->room = Max(1, level->room * 2);
		if (level->node == NULL)
		{
			level->node = palloc(sizeof(int) * level->room);
			level->state = palloc(sizeof(State *) * level->room);
		}
		else
		{
			level->node = repalloc(level->node, sizeof(int) * level->room);
			level->state = repalloc(level->state, sizeof(State *) * level->room);
		}
	}
	level->node[level->n] = node;
	level->state[level->n] = state;
	level->n++;
	return state;
}

/* The state of a node at the place being made. */
State *
pwalk_state_there(Walk *walk, int node)
{
	if (walk->tie == NULL)
		return walk->there.n > 0 ? walk->there.state[0] : pwalk_level_add(&walk->there, 0, pwalk_new_state(walk));
	if (walk->slot[node] < 0)
	{
		walk->slot[node] = walk->there.n;
		return pwalk_level_add(&walk->there, node, pwalk_new_state(walk));
	}
	return walk->there.state[walk->slot[node]];
}

/* Begin a walk at a place where there is one node. */
void
pwalk_init(Walk *walk, const PatternOrders *orders, bool at_end)
{
	memset(walk, 0, sizeof(*walk));
	walk->orders = orders;
	walk->pattern = orders->pattern;
	if (orders->nties > 0)
	{
		walk->slot = palloc(sizeof(int) * orders->largest_tie);
		for (int i = 0; i < orders->largest_tie; i++)
			walk->slot[i] = -1;
	}
	if (at_end)
	{
		walk->place = orders->n;
		walk->base = orders->nnodes - 1;
		walk->tie_no = orders->nties;
	}
	pwalk_level_add(&walk->here, 0, pwalk_new_state(walk));
}

void
pwalk_level_free(Level *level)
{
	if (level->node == NULL)
		return;
	pfree(level->node);
	pfree(level->state);
}

/* Free what a walk holds, but not the slots: a walk may share them with others. */
void
pwalk_free(Walk *walk)
{
	pwalk_level_clear(walk, &walk->here);
	pwalk_level_clear(walk, &walk->there);
	pwalk_level_free(&walk->here);
	pwalk_level_free(&walk->there);
	while (walk->free != NULL)
	{
		State	   *state = walk->free;

		walk->free = state->next_free;
		for (int i = 0; i < walk->pattern->ntimed; i++)
		{
			if (state->times[i].list != NULL)
				pfree(state->times[i].list);
		}
		if (state->times != NULL)
			pfree(state->times);
		if (state->mark != NULL)
			pfree(state->mark);
		pfree(state->set);
		pfree(state);
	}
	if (walk->scratch != NULL)
		pfree(walk->scratch);
}

void
pwalk_end(Walk *walk)
{
	pwalk_free(walk);
	if (walk->slot != NULL)
		pfree(walk->slot);
}

/* Find the tie around a row, when the walk comes to it from either side. */
void
pwalk_find_tie(Walk *walk, uint32 row)
{
	const PatternOrders *orders = walk->orders;
	const PatternTie *tie;

	while (walk->tie_no < orders->nties &&
		   row >= orders->ties[walk->tie_no].start + orders->ties[walk->tie_no].n)
		walk->tie_no++;
	while (walk->tie_no > 0 &&
		   row < orders->ties[walk->tie_no - 1].start + orders->ties[walk->tie_no - 1].n)
		walk->tie_no--;
	tie = walk->tie_no < orders->nties ? &orders->ties[walk->tie_no] : NULL;
	if (tie != NULL && row < tie->start)
		tie = NULL;
	if (tie != NULL && tie != walk->tie)
	{
		int			weight = 1;

		walk->nkinds = 0;
		for (uint32 i = tie->start, run; i < tie->start + tie->n; i += run)
		{
			int			k = walk->nkinds++;

			for (run = 1; i + run < tie->start + tie->n && orders->kind[i + run] == orders->kind[i]; run++)
				;
			walk->kind[k] = orders->kind[i];
			walk->weight[k] = weight;
			walk->digits[k] = run + 1;
			weight *= run + 1;
		}
	}
	walk->tie = tie;
}

/* The place that was made is the one the walk is at. */
void
pwalk_arrive(Walk *walk)
{
	Level		left = walk->here;

	if (walk->tie != NULL)
	{
		for (int i = 0; i < walk->there.n; i++)
			walk->slot[walk->there.node[i]] = -1;
	}
	if (walk->remember)
		memset(&left, 0, sizeof(left));
	else
		pwalk_level_clear(walk, &left);
	walk->here = walk->there;
	walk->there = left;
}
