// The keys of what a worker does: init, continue, handlers, ticks, calls, tasks, crash clocks.
#include <iterator>

#include "spec/fields.hpp"

namespace treefall::spec {

namespace {

std::vector<Field> with(std::vector<Field> fields, std::vector<Field> more) {
  fields.insert(fields.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return fields;
}

std::vector<Field> handler_fields() {
  return {
      {"takes", {}, one(Scalar::distribution), false, "0s", "How long it works."},
      {"calls",
       {},
       list(object(ObjectType::call)),
       false,
       "",
       "Then: the calls it makes, one after the other; it serves nobody else meanwhile."},
      {"casts", {}, list(object(ObjectType::cast)), false, "", "Then: the messages it casts."},
      {"tasks", {}, list(object(ObjectType::task)), false, "", "Then: the tasks it starts."},
      {"crashes", {}, one(Scalar::probability), false, "never", "Then: how often it crashes instead of ending."},
      {"exits", {}, one(Scalar::exit_reason), false, "", "Ends the process with this reason when the handler ends."},
  };
}

std::vector<Field> init_fields() {
  return {
      {"takes", {}, one(Scalar::distribution), false, "0s", "How long it works."},
      {"calls", {}, list(object(ObjectType::call)), false, "", "Then: the calls it makes."},
      {"fails",
       {},
       either(one(Scalar::probability), object(ObjectType::fails_during)),
       false,
       "never",
       "How often an attempt fails, or the fault during which all do."},
  };
}

std::vector<Field> init_only() {
  return {
      {"outcomes",
       {},
       non_empty_list(
           one_of({{"ok", "it starts"}, {"fail", "start_link returns an error"}, {"ignore", "init returns ignore"}})),
       false,
       "",
       "Scripts it attempt by attempt at this place of the tree over the whole run; the last repeats."},
      {"timeout",
       {},
       one(Scalar::milliseconds),
       false,
       "infinity",
       "The start option of that name; a bare number is milliseconds."},
  };
}

std::vector<Field> continue_only() {
  return {{"retry_after",
           {},
           one(Scalar::distribution),
           false,
           "",
           "After a failure the process lives on and tries again by itself after this time, answering callers with an "
           "error meanwhile; without it, a failure is a crash."}};
}

Field during(ObjectType overriding) {
  return {"during", {}, fault_map(object(overriding)),
          false,    "", "Fault to the keys that it overrides, for what begins while that fault lasts."};
}

std::vector<ObjectInfo> starts() {
  return {
      {ObjectType::init,
       "init",
       "an init",
       "What start_link does, blocking the supervisor.",
       with(with(init_fields(), init_only()), {during(ObjectType::init_during)}),
       {}},
      {ObjectType::init_during,
       "init_during",
       "an init during a fault",
       "The keys of an init that a fault overrides.",
       with(init_fields(), init_only()),
       {}},
      {ObjectType::handle_continue,
       "continue",
       "a continue",
       "handle_continue: after start_link has returned and before any message.",
       with(with(init_fields(), continue_only()), {during(ObjectType::handle_continue_during)}),
       {}},
      {ObjectType::handle_continue_during,
       "continue_during",
       "a continue during a fault",
       "The keys of a continue that a fault overrides.",
       with(init_fields(), continue_only()),
       {}},
      {ObjectType::fails_during,
       "fails_during",
       "a failure during a fault",
       "Every attempt fails while the fault lasts.",
       {{"during", {}, one(Scalar::fault), true, "", "The fault."}},
       {}},
  };
}

std::vector<ObjectInfo> handlers() {
  const std::vector<Field> tick{
      {"every",
       {},
       one(Scalar::distribution),
       true,
       "",
       "The interval; the next is set when this one has been handled."},
      {"first", {}, one(Scalar::distribution), false, "one interval", "When the first comes."}};
  return {
      {ObjectType::handler,
       "handler",
       "a handler",
       "What a message makes the process do: takes, calls, casts, tasks, then crashes; a reply goes out when it ends.",
       with(handler_fields(), {during(ObjectType::handler_during)}),
       {}},
      {ObjectType::handler_during,
       "handler_during",
       "a handler during a fault",
       "The keys of a handler that a fault overrides.",
       handler_fields(),
       {}},
      {ObjectType::tick,
       "tick",
       "a tick",
       "Work that the process gives itself.",
       with(with(tick, handler_fields()), {during(ObjectType::handler_during)}),
       {}},
  };
}

std::vector<ObjectInfo> messages() {
  const Field to{"to", {}, one(Scalar::reference), true, "", "Whom it addresses; a supervisor, too."};
  const Field message{"message", {}, one(Scalar::text), false, "any", "Which message."};
  const Field times{"times", {}, one(Scalar::count), false, "1", "How many, one after the other."};
  return {
      {ObjectType::call,
       "call",
       "a call",
       "gen_server:call.",
       {to,
        message,
        times,
        {"timeout", {}, one(Scalar::milliseconds), false, "5s", "How long it waits; a bare number is milliseconds."},
        {"on_failure",
         {},
         either(one_of({{"crash", "the caller crashes"}, {"ignore", "it goes on"}}), object(ObjectType::retry)),
         false,
         "crash",
         "What a call that failed does to the caller."}},
       {}},
      {ObjectType::cast,
       "cast",
       "a cast",
       "gen_server:cast; to a name that is not alive it vanishes.",
       {to, message, times},
       {}},
      {ObjectType::retry,
       "retry",
       "a retry",
       "Tries again so often.",
       {{"retry", {}, one(Scalar::count), true, "", "How often it tries again."}},
       {}},
      {ObjectType::task,
       "task",
       "a task",
       "Task.async, async_stream, async_nolink.",
       {{"count", {}, one(Scalar::count), false, "1", "How many at the same time."},
        {"linked",
         {},
         one(Scalar::boolean),
         false,
         "true",
         "A crashing linked task takes its owner along unless it traps exits."},
        {"takes", {}, one(Scalar::distribution), false, "0s", "How long it works."},
        {"crashes", {}, one(Scalar::probability), false, "never", "How often it crashes instead of ending."},
        {"await",
         {},
         one_of({{"none", "not awaited: its reply and its DOWN arrive as messages"}}, Scalar::milliseconds),
         false,
         "5s",
         "How long the owner waits; a bare number is milliseconds."},
        {"on_timeout",
         {},
         one_of({{"exit", "the owner exits"}, {"kill_task", "the task is killed, the owner goes on"}}),
         false,
         "exit",
         "What a late task does."}},
       {}},
  };
}

std::vector<ObjectInfo> others() {
  return {
      {ObjectType::crash_clock,
       "crash_clock",
       "a crash clock",
       "A source of crashes that no message causes.",
       {{"rate", {}, one(Scalar::rate), false, "", "Poisson crashes."},
        {"after", {}, one(Scalar::distribution), false, "", "Time since start."},
        {"at", {}, non_empty_list(one(Scalar::duration)), false, "", "Node times."},
        {"during",
         {},
         one(Scalar::fault),
         false,
         "",
         "The clock starts at the later of process start and the fault's beginning, and stops at its end."},
        {"reason",
         {},
         one_of({{"error", "a crash"},
                 {"normal", "an orderly end"},
                 {"shutdown", "an orderly end that was asked for"},
                 {"killed", "killed from outside"}}),
         false,
         "error",
         "The exit reason."}},
       {{{"rate", "after", "at"}, true}}},
      {ObjectType::terminate,
       "terminate",
       "a terminate",
       "Clean-up when told to shut down.",
       {{"takes", {}, one(Scalar::distribution), true, "", "How long it takes."}},
       {}},
      {ObjectType::dependency,
       "dependency",
       "a dependency",
       "A need without traffic that is described.",
       {{"name", {}, one(Scalar::reference), true, "", "Whom it needs."},
        {"uses",
         {},
         one_of({{"name", "by its name"},
                 {"pid", "by a pid it keeps; stale after a restart"},
                 {"table", "by a table it owns; gone at a restart"},
                 {"state", "by what it holds"}}),
         false,
         "name",
         "What of it; a stale `pid` or `table` crashes the next handler that needs it."}},
       {}},
      {ObjectType::mailbox,
       "mailbox",
       "a mailbox",
       "Limits of a mailbox; the VM has none of its own.",
       {{"alarm", {}, one(Scalar::count), false, "", "The length worth an alarm."},
        {"message_bytes", {}, one(Scalar::count), false, "", "Bytes a message."},
        {"shed_above",
         {},
         one(Scalar::count),
         false,
         "",
         "The length above which the process itself turns new messages away."}},
       {}},
  };
}

}  // namespace

std::vector<ObjectInfo> behaviour_objects() {
  std::vector<ObjectInfo> result;
  for (auto part : {starts(), handlers(), messages(), others()}) result.insert(result.end(), part.begin(), part.end());
  return result;
}

}  // namespace treefall::spec
