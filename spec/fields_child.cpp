// The keys of a child: of both kinds, of a supervisor, of a worker.
#include "spec/fields.hpp"

namespace treefall::spec {

namespace {

std::vector<Field> common_fields() {
  return {
      {"restart",
       {},
       one_of({{"permanent", "always restarted"},
               {"transient", "restarted after an abnormal exit"},
               {"temporary", "never restarted"}}),
       false,
       "permanent; temporary for `kind: task`",
       "When the supervisor starts it again."},
      {"shutdown",
       {},
       one_of({{"brutal_kill", "killed at once"}}, Scalar::milliseconds),
       false,
       "5s for a worker, infinity for a supervisor",
       "How long it may take to stop, `infinity` for no limit; a bare number is milliseconds."},
      {"significant", {}, one(Scalar::boolean), false, "false", "Its end may end the supervisor, by `auto_shutdown`."},
      {"count",
       {},
       one(Scalar::count),
       false,
       "1",
       "So many identical children; a reference to the name means any one of them."},
      {"source", {}, one(Scalar::text), false, "", "Where the code stands, `lib/shop/repo.ex:12`."},
      {"why", {}, one(Scalar::text), false, "", "The reason for an explicit number, in words."},
      {"critical",
       {},
       one(Scalar::boolean),
       false,
       "",
       "true: the node is of no use without it; false: it may be missing. Rules compare, execution ignores."},
      {"tenant",
       {},
       one(Scalar::text),
       false,
       "",
       "Whom it serves: children of different tenants should not share a fate."},
      {"on_demand",
       {},
       one(Scalar::boolean),
       false,
       "false",
       "For a template of a dynamic supervisor: whoever needs it starts it again."},
  };
}

ObjectInfo supervisor() {
  ObjectInfo info{ObjectType::supervisor,
                  "supervisor",
                  "a supervisor",
                  "A child that supervises.",
                  {
                      {"supervisor", {}, one(Scalar::name), true, "", "Its name, unique among its siblings."},
                      {"kind",
                       {},
                       one_of({{"supervisor", "Supervisor"},
                               {"dynamic", "DynamicSupervisor; simple_one_for_one in the erlang dialect"},
                               {"partition", "PartitionSupervisor"},
                               {"task", "Task.Supervisor"}}),
                       false,
                       "supervisor",
                       "Which supervisor it is."},
                      {"strategy",
                       {},
                       one_of({{"one_for_one", "only the child that died is restarted"},
                               {"one_for_all", "all children are"},
                               {"rest_for_one", "it and those started after it are"}}),
                       false,
                       "one_for_one",
                       "Who is restarted when a child dies."},
                      {"max_restarts",
                       {"intensity"},
                       one(Scalar::natural),
                       false,
                       "3 (elixir), 1 (erlang)",
                       "Restart intensity: more restarts than this within `max_seconds` and it gives up."},
                      {"max_seconds",
                       {"period"},
                       one(Scalar::seconds),
                       false,
                       "5",
                       "Period of the restart intensity, in whole seconds."},
                      {"auto_shutdown",
                       {},
                       one_of({{"never", "it never ends by itself"},
                               {"any_significant", "it ends when a significant child ends"},
                               {"all_significant", "it ends when the last significant child ends"}}),
                       false,
                       "never",
                       "Whether it ends when significant children do."},
                      {"children",
                       {},
                       list(object(ObjectType::child)),
                       false,
                       "",
                       "Its children in start order; for a dynamic one, templates whose `count` is the population."},
                      {"partitions",
                       {},
                       one(Scalar::count),
                       false,
                       "one per scheduler",
                       "For `kind: partition`: how many copies of its child."},
                      {"max_children",
                       {},
                       one_of({{"infinity", "no limit"}}, Scalar::natural),
                       false,
                       "infinity",
                       "For `kind: dynamic`: the most children at a time."},
                      {"reseeded",
                       {},
                       object(ObjectType::reseeded),
                       false,
                       "",
                       "For `kind: dynamic`: who starts the population again after this supervisor was restarted."},
                      {"opaque",
                       {},
                       one(Scalar::boolean),
                       false,
                       "false",
                       "Its children are not described: no prediction about its inside."},
                  },
                  {}};
  for (Field& field : common_fields()) info.fields.push_back(std::move(field));
  return info;
}

Shape handles_shape() {
  Shape handler = either(one(Scalar::distribution), object(ObjectType::handler));
  return either(one(Scalar::distribution), map_of(handler));
}

std::vector<Field> worker_fields() {
  return {
      {"worker", {}, one(Scalar::name), true, "", "Its name, unique among its siblings."},
      {"kind",
       {},
       one_of({{"gen_server", "GenServer"},
               {"gen_statem", "gen_statem"},
               {"agent", "Agent"},
               {"task", "Task: temporary by default"},
               {"registry", "Registry"},
               {"process", "a plain process"}}),
       false,
       "gen_server; task below a task supervisor",
       "What it is; sets defaults only."},
      {"init", {}, object(ObjectType::init), false, "", "What start_link does; blocks the supervisor."},
      {"continue",
       {},
       object(ObjectType::handle_continue),
       false,
       "",
       "handle_continue: after start_link has returned and before any message."},
      {"handles",
       {},
       handles_shape(),
       false,
       "messages take no time",
       "Message name to handler; `any` takes the rest. A distribution alone stands for `{any: {takes: …}}`."},
      {"ticks",
       {},
       list(object(ObjectType::tick)),
       false,
       "",
       "Work the process gives itself; goes through the mailbox."},
      {"crashes",
       {},
       one_or_list(object(ObjectType::crash_clock)),
       false,
       "",
       "Crash clocks: failures that no message causes."},
      {"links", {}, one_or_list(one(Scalar::reference)), false, "", "Names it links to at start."},
      {"traps_exits",
       {},
       one(Scalar::boolean),
       false,
       "false",
       "Exits of linked processes become messages named `EXIT`."},
      {"terminate",
       {},
       object(ObjectType::terminate),
       false,
       "",
       "Clean-up when told to shut down; only a process that traps exits runs it."},
      {"depends_on",
       {},
       list(either(one(Scalar::reference), object(ObjectType::dependency))),
       false,
       "",
       "Needs these without traffic that is described."},
      {"state",
       {},
       one_of({{"rebuilt", "made again at the start"}, {"lost", "gone"}, {"durable", "kept outside of the process"}}),
       false,
       "rebuilt",
       "What becomes of its state at a restart."},
      {"mailbox", {}, object(ObjectType::mailbox), false, "", "Lengths worth an alarm, sizes, shedding."},
  };
}

ObjectInfo worker() {
  ObjectInfo info{ObjectType::worker, "worker", "a worker", "A child that works.", worker_fields(), {}};
  for (Field& field : common_fields()) info.fields.push_back(std::move(field));
  return info;
}

ObjectInfo unsupervised() {
  ObjectInfo info{ObjectType::unsupervised,        "unsupervised",  "an unsupervised worker",
                  "A worker outside of any tree.", worker_fields(), {}};
  info.fields.push_back({"started_by", {}, one(Scalar::reference), false, "", "Which process starts it."});
  info.fields.push_back(
      {"linked", {}, one(Scalar::boolean), false, "false", "Whether it is linked to who started it."});
  for (const Field& field : common_fields()) {
    for (const std::string_view key : {"count", "source", "why", "critical", "tenant"}) {
      if (field.key == key) info.fields.push_back(field);
    }
  }
  return info;
}

}  // namespace

std::vector<ObjectInfo> child_objects() {
  return {
      {ObjectType::child, "child", "a child", "A worker or a supervisor.", {}, {{{"worker", "supervisor"}, true}}},
      supervisor(),
      worker(),
      unsupervised(),
      {ObjectType::reseeded,
       "reseeded",
       "a reseeding",
       "Who starts the population of a dynamic supervisor again after that supervisor was restarted.",
       {
           {"by", {}, one(Scalar::reference), true, "", "The process that starts it again."},
           {"when",
            {},
            one_of({{"started", "when that process itself starts"}, {"noticed", "as soon as it notices"}}),
            false,
            "started",
            "On which occasion."},
           {"after", {}, one(Scalar::distribution), false, "0s", "How long it takes until it begins."},
       },
       {}},
  };
}

}  // namespace treefall::spec
