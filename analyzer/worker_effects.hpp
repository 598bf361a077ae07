// What starts, ends and absences do to a worker: shares of its time and of its messages, for the error bars of what is
// said about its steady state.
#pragma once

#include "analyzer/qualify.hpp"

namespace treefall::analyzer {

struct Effects {
  double absent = 0;       // share of time
  double blocked = 0;      // share of time in which its supervisor would not restart it at once
  double inflow = 0;       // share of messages that may not come
  double unfinished = 0;   // share of messages that an end finds in the mailbox or in service
  double filling = 0;      // relative: work that is not yet there after a start
  double growing = 0;      // relative: what an overloaded mailbox has not yet gathered in lives that others cut short
  double emptied = 0;      // relative: what resets take from waits
  double shortened = 0;    // relative: what its starts and exits take from them as well
  double gathered = 0;     // seconds that starts add to the mean wait
  double in_starts = 0;    // share of messages that come during one
  double backlog = 0;      // relative: work that gathers during the starts that cut its life short
  double busy = 0;         // share of time spent in handle_continue and terminate
  double stopping = 0;     // share of messages that find it at its clean-up
  double left_behind = 0;  // messages that gather during clean-ups, where one comes a second
  double restarts = 0;     // share of time in starts after calls that found nobody
  double unserved = 0;     // share of work that may end early
};

Effects effects_on(const DisturbedNode& node);

/// Starts and ends for good per second of its own life, which the node may outlive; infinite where that is zero.
double lives(const DisturbedNode& node);

/// How much callers that start together and then call at intervals add to a mean wait (s), relative to it.
double rhythm(const DisturbedNode& node, double wait);

/// What it waits longer in its calls while it and its like call in step, relative to all that it does.
double in_step_at_callees(const DisturbedNode& node);

}  // namespace treefall::analyzer
