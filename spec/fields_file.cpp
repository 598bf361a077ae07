// The keys of a file and of what stands around the tree.
#include "spec/fields.hpp"
#include "spec/quantity.hpp"

namespace treefall::spec {

namespace {

std::vector<Word> start_types() {
  return {{"permanent", "its end stops the node"},
          {"transient",
           "its end with an abnormal reason stops the node; a supervisor that gives up ends with `shutdown`, which is "
           "abnormal here"},
          {"temporary", "its end is reported, the node goes on"}};
}

ObjectInfo file() {
  return {ObjectType::file,
          "file",
          "a spec",
          "One node: its applications' supervision trees, what its processes do, what is sent to them and what goes "
          "wrong around them.",
          {
              {"treefall", {}, one(Scalar::version), true, "", "Format version; 1."},
              {"name", {}, one(Scalar::text), false, "the file's name", "What the node is called."},
              {"dialect",
               {},
               one_of({{"elixir", "Elixir's defaults: 3 restarts in 5 s"},
                       {"erlang", "OTP's own defaults: 1 restart in 5 s; dynamic means simple_one_for_one"}}),
               false,
               "elixir",
               "Which defaults fill the gaps."},
              {"otp",
               {},
               one(Scalar::otp),
               false,
               "29",
               "The OTP release that the node runs on, 25 to 29: decides where releases differ."},
              {"horizon", {}, one(Scalar::positive_duration), false, "24h", "The span over which risk is judged."},
              {"grace_period",
               {},
               one(Scalar::positive_duration),
               false,
               "",
               "What the deployment allows for an orderly stop of the node."},
              {"clock_phase",
               {},
               one(Scalar::duration),
               false,
               "random in each replica",
               "Where in the VM's whole second the tree starts; OTP stamps restarts in whole seconds."},
              {"tie_order",
               {},
               one_of({{"creation", "in the order of creation"},
                       {"reverse", "the latest first"},
                       {"random", "drawn anew in each replica"}}),
               false,
               "creation",
               "The order of what happens at the same instant, which the VM leaves open."},
              {"faults",
               {},
               map_of(either({},
                             [] {
                               Shape s = object(ObjectType::fault);
                               s.items.push_back(object(ObjectType::outage));
                               s.least_items = 1;
                               return s;
                             }())),
               false,
               "",
               "Common causes: things outside the tree that fail, by name."},
              {"traffic", {}, map_of(object(ObjectType::traffic)), false, "", "Clients outside the tree, by name."},
              {"application",
               {},
               one_of(start_types()),
               false,
               "permanent",
               "What the end of the root does to the node; stands beside `tree`."},
              {"tree", {}, object(ObjectType::child), false, "", "The root supervisor of a node with one application."},
              {"applications",
               {},
               non_empty_list(object(ObjectType::application)),
               false,
               "",
               "The applications of the node in start order, instead of `tree`."},
              {"unsupervised", {}, list(object(ObjectType::unsupervised)), false, "", "Workers outside of any tree."},
              {"script",
               {},
               list(object(ObjectType::scripted_event)),
               false,
               "",
               "What is done to the processes at given times: makes a spec a scenario."},
              {"expect",
               {},
               list(object(ObjectType::promise)),
               false,
               "",
               "Promises, checked statically and by execution."},
          },
          {{{"tree", "applications"}, true}, {{"application", "applications"}, false}}};
}

ObjectInfo application() {
  return {ObjectType::application,
          "application",
          "an application",
          "One OTP application of the node.",
          {
              {"name", {}, one(Scalar::text), true, "", "The application's name."},
              {"start", {}, one_of(start_types()), false, "permanent", "What the end of its root does to the node."},
              {"tree", {}, object(ObjectType::child), true, "", "Its root supervisor."},
          },
          {}};
}

std::vector<ObjectInfo> faults() {
  return {{ObjectType::fault,
           "fault",
           "a fault",
           "Something outside of the tree that fails: again and again (`every`), or once (`at`).",
           {
               {"every", {}, one(Scalar::distribution), false, "", "From recovery to the next outage."},
               {"at", {}, one(Scalar::duration), false, "", "Node time at which the outage begins."},
               {"lasts", {}, one(Scalar::distribution), true, "", "How long an outage lasts."},
           },
           {{{"every", "at"}, true}}},
          {ObjectType::outage,
           "outage",
           "an outage",
           "One outage of a fault that is given as a list.",
           {
               {"at", {}, one(Scalar::duration), true, "", "Node time at which the outage begins."},
               {"lasts", {}, one(Scalar::distribution), true, "", "How long it lasts."},
           },
           {}}};
}

std::vector<ObjectInfo> traffic() {
  const std::vector<Word> sends{
      {"call", "gen_server:call, waits for the reply"}, {"cast", "gen_server:cast"}, {"info", "a plain message"}};
  return {{ObjectType::traffic,
           "traffic",
           "a traffic source",
           "Clients outside of the tree. They are never restarted and burn no budget.",
           {
               {"to", {}, one(Scalar::reference), true, "", "Whom it addresses."},
               {"sends", {}, one_of(sends), false, "call", "How it sends."},
               {"message", {}, one(Scalar::text), false, "any", "Which message."},
               {"timeout",
                {},
                one(Scalar::milliseconds),
                false,
                "5s",
                "How long a caller waits; a bare number is milliseconds."},
               {"on_timeout",
                {},
                either(one_of({{"give_up", "the caller goes away"}}), object(ObjectType::retry)),
                false,
                "give_up",
                "What a caller does after a call that failed."},
               {"rate", {}, one(Scalar::rate), false, "", "Poisson arrivals."},
               {"every", {}, one(Scalar::distribution), false, "", "Regular or renewal arrivals: the interval."},
               {"burst", {}, object(ObjectType::burst), false, "", "So many at once, again and again."},
               {"at", {}, non_empty_list(one(Scalar::duration)), false, "", "Node times at which a message is sent."},
               {"concurrency",
                {},
                one(Scalar::count),
                false,
                "",
                "A closed loop: so many clients, each with one request at a time. Needs `think`."},
               {"think", {}, one(Scalar::distribution), false, "", "From an answer to the same client's next request."},
               {"first",
                {},
                one(Scalar::distribution),
                false,
                "one interval",
                "When the first of `every` or `burst` comes."},
               {"redeliver",
                {},
                one(Scalar::boolean),
                false,
                "false",
                "An outside queue hands a message out again when its taker died with it."},
               {"during", {}, one(Scalar::fault), false, "", "Limits it to a fault's time."},
           },
           {{{"rate", "every", "burst", "at", "concurrency"}, true}}},
          {ObjectType::burst,
           "burst",
           "a burst",
           "Many messages at the same instant.",
           {
               {"size", {}, one(Scalar::count), true, "", "How many at once."},
               {"every", {}, one(Scalar::distribution), true, "", "From one burst to the next."},
           },
           {}}};
}

ObjectInfo scripted_event() {
  return {ObjectType::scripted_event,
          "scripted_event",
          "a scripted event",
          "Something done to a process at a given time.",
          {
              {"at", {}, one(Scalar::duration), true, "", "Node time."},
              {"kill", {}, one(Scalar::reference), false, "", "exit(Pid, kill)."},
              {"exit", {}, one(Scalar::reference), false, "", "It ends by itself, with `reason`."},
              {"shutdown", {}, one(Scalar::reference), false, "", "What a parent's shutdown does."},
              {"send", {}, one(Scalar::reference), false, "", "A message, with `message` and `as`."},
              {"start_child",
               {},
               one(Scalar::reference),
               false,
               "",
               "supervisor:start_child on this supervisor, with `child`."},
              {"terminate_child",
               {},
               one(Scalar::reference),
               false,
               "",
               "supervisor:terminate_child of this process, by its supervisor."},
              {"restart_child",
               {},
               one(Scalar::reference),
               false,
               "",
               "supervisor:restart_child of this process, by its supervisor."},
              {"delete_child",
               {},
               one(Scalar::reference),
               false,
               "",
               "supervisor:delete_child of this process, by its supervisor."},
              {"reason", {}, one(Scalar::exit_reason), false, "error", "Of `exit`: the reason."},
              {"message", {}, one(Scalar::text), false, "any", "Of `send`: which message."},
              {"as",
               {},
               one_of({{"call", "gen_server:call"}, {"cast", "gen_server:cast"}, {"info", "a plain message"}}),
               false,
               "info",
               "Of `send`: how it is sent."},
              {"child", {}, object(ObjectType::child), false, "", "Of `start_child`: the entry."},
          },
          {{{"kill", "exit", "shutdown", "send", "start_child", "terminate_child", "restart_child", "delete_child"},
            true}}};
}

std::vector<Word> quantity_words() {
  std::vector<Word> words;
  for (const QuantityInfo& quantity : quantities()) words.push_back({quantity.name, quantity.definition});
  return words;
}

ObjectInfo promise() {
  return {
      ObjectType::promise,
      "promise",
      "a promise",
      "A bound on a quantity of a process, or a fault to be survived.",
      {
          {"process",
           {},
           one(Scalar::subject),
           false,
           "",
           "Whose quantity: a process, an application, or `traffic:NAME`."},
          {"quantity", {}, one_of(quantity_words()), false, "", "What is promised."},
          {"within", {}, one(Scalar::positive_duration), false, "the horizon", "The span of a failure probability."},
          {"at_most", {}, one(Scalar::bound), false, "", "The upper bound, in the unit of the quantity."},
          {"at_least", {}, one(Scalar::bound), false, "", "The lower bound, in the unit of the quantity."},
          {"fault", {}, one(Scalar::fault), false, "", "The fault to be survived."},
          {"lasting", {}, one(Scalar::positive_duration), false, "", "How long that fault lasts."},
          {"survives", {}, one(Scalar::reference), false, "", "Who must survive it."},
      },
      {{{"process", "fault"}, true}, {{"at_most", "at_least"}, false}}};
}

}  // namespace

std::vector<ObjectInfo> file_objects() {
  std::vector<ObjectInfo> result{file(), application(), scripted_event(), promise()};
  for (auto part : {faults(), traffic()}) result.insert(result.end(), part.begin(), part.end());
  return result;
}

}  // namespace treefall::spec
