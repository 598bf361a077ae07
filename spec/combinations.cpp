// What OTP refuses is what supervisor:check_childspecs/2, supervisor:init/1, DynamicSupervisor and PartitionSupervisor
// refuse in OTP 25 to 29: `bad_combination` of significant and restart or auto_shutdown, auto_shutdown on a dynamic or
// partition supervisor, a period of 0, two children of one id, more or fewer than one simple_one_for_one template.
#include "spec/combinations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "spec/check.hpp"
#include "spec/units.hpp"
#include "spec/wording.hpp"

namespace treefall::spec {

namespace {

Diagnostic& refuse(std::vector<Diagnostic>& out, const Mapping& at, std::string_view key, std::string message,
                   std::string help) {
  const auto found = at.find(key);
  Diagnostic& d =
      complain(out, found ? found->value : at.cursor(), "bad-combination", std::move(message), std::move(help));
  if (found && found->key.span().start.byte < d.span.start.byte && found->value.anchor().empty())
    d.span = join(found->key.span(), d.span);
  return d;
}

std::string_view word(SupervisorKind kind) {
  return info(ObjectType::supervisor).fields[1].shape.words[static_cast<std::size_t>(kind)].text;
}

class Combinations {
 public:
  Combinations(const Design& design, const std::vector<NodeSource>& sources, std::vector<Diagnostic>& out)
      : design_(design), out_(out) {
    for (const NodeSource& source : sources) sources_.emplace(source.node, &source.mapping);
  }

  void all() {
    roots();
    for (const auto& [id, mapping] : sources_) {
      const Node& node = design_.nodes[id];
      if (const Supervisor* supervisor = as_supervisor(node)) {
        ids(node.children, "a sibling");
        this->supervisor(node, *supervisor, *mapping);
      }
      if (as_worker(node) != nullptr) ticks(*mapping);
      if (node.parent != no_node) child(node, *mapping);
    }
    population();
  }

 private:
  /// No node holds more processes than `erl +P` allows; whoever executes a design relies on it.
  void population() {
    constexpr std::uint64_t most = 134'217'727;
    std::uint64_t all = 0, largest = 0;
    const Setting<std::uint32_t>* guilty = nullptr;
    for (NodeId id = 0; id < design_.nodes.size(); ++id) {
      const std::uint64_t alike = copies(design_, id);
      all = all > most - std::min(alike, most) ? most + 1 : all + alike;
      if (guilty != nullptr && design_.nodes[id].count.value <= largest) continue;
      guilty = &design_.nodes[id].count;
      largest = guilty->value;
    }
    if (all <= most) return;
    Diagnostic d;
    d.rule = "bad-combination";
    d.message = fmt::format("the node has more than {} processes", count_text(most));
    d.span = guilty->whole();
    d.label = fmt::format("{} of each", count_text(largest));
    d.help = "the VM holds no more, even with its highest `+P`; describe fewer";
    out_.push_back(std::move(d));
  }

  /// No two of these may have the same name.
  void ids(const std::vector<NodeId>& nodes, std::string_view who) {
    std::map<std::string_view, NodeId> first;
    for (const NodeId id : nodes) {
      const Node& node = design_.nodes[id];
      if (node.name.empty()) continue;
      const auto [found, fresh] = first.emplace(node.name, id);
      if (fresh) continue;
      const auto name = sources_.at(id)->find(as_supervisor(node) != nullptr ? "supervisor" : "worker");
      Diagnostic& d = complain(out_, name ? name->value : sources_.at(id)->cursor(), "duplicate-id",
                               fmt::format("{} has the name `{}` already", who, node.name),
                               "names are ids: unique among siblings; for several equal children use `count`");
      d.labels.push_back({design_.nodes[found->second].name_span, "first used here"});
    }
  }

  void roots() {
    std::map<std::string_view, const Application*> first;
    for (const Application& application : design_.applications) {
      const auto [found, fresh] = first.emplace(application.name, &application);
      if (fresh || application.name.empty()) continue;
      Diagnostic d;
      d.rule = "duplicate-id";
      d.message = fmt::format("two applications have the name `{}`", application.name);
      d.span = application.span;
      d.labels.push_back({found->second->span, "the first"});
      d.help = "give each application a name of its own";
      out_.push_back(std::move(d));
    }
    std::vector<NodeId> outside;
    for (const Unsupervised& entry : design_.unsupervised) outside.push_back(entry.worker);
    ids(outside, "an unsupervised worker");
    for (const Application& application : design_.applications) {
      const Node& root = design_.nodes[application.root];
      for (const NodeId id : outside) {
        if (design_.nodes[id].path != root.path) continue;
        ids({application.root, id}, "the root of a tree");
      }
      only_below(root, *sources_.at(application.root));
      if (as_worker(root) != nullptr && !root.name.empty()) {
        Diagnostic& d = refuse(
            out_, *sources_.at(application.root), "worker", "the root of a tree must be a supervisor",
            "write `supervisor: NAME` with the worker among its `children`, or list the worker under `unsupervised`");
        d.label = "a worker";
      }
    }
  }

  /// A root is one, and no supervisor holds it.
  void only_below(const Node& root, const Mapping& mapping) {
    const std::string_view help = "an application starts one root, once; what its end does is said by `application`";
    if (root.count.value != 1) refuse(out_, mapping, "count", "the root of a tree is one process", std::string(help));
    for (const auto& [key, set] : {std::pair("significant", root.significant.value), {"on_demand", root.on_demand}})
      if (set)
        refuse(out_, mapping, key, fmt::format("`{}` has no meaning for the root of a tree", key), std::string(help));
  }

  void of_its_kind(const Mapping& mapping, const Supervisor& supervisor, const OnlyWhere& one) {
    const std::string_view kind = word(supervisor.kind.value);
    if (!mapping.has(one.key) || std::find(one.says.begin(), one.says.end(), kind) != one.says.end()) return;
    refuse(out_, mapping, one.key, fmt::format("`{}` has no meaning for `kind: {}`", one.key, kind),
           fmt::format("only `kind: {}` takes it", fmt::join(one.says, "` or `")))
        .labels.push_back(
            {supervisor.kind.at, supervisor.kind.written() ? "its kind" : "it has no `kind`, which means supervisor"});
  }

  void supervisor(const Node& node, const Supervisor& s, const Mapping& mapping) {
    const SupervisorKind kind = s.kind.value;
    for (const OnlyWhere& one : info(ObjectType::supervisor).conditions) of_its_kind(mapping, s, one);
    const bool old_simple = s.simple_one_for_one && design_.otp.value < otp_with_sound_simple_one_for_one;
    if (s.auto_shutdown.value != AutoShutdown::never && kind != SupervisorKind::supervisor && !old_simple) {
      refuse(out_, mapping, "auto_shutdown", fmt::format("a supervisor of `kind: {}` has no auto_shutdown", word(kind)),
             s.simple_one_for_one ? fmt::format("OTP refuses it from {} on; leave it out, or write `never`",
                                                otp_with_sound_simple_one_for_one)
                                  : std::string("OTP refuses it; leave it out, or write `never`"));
    }
    if ((kind == SupervisorKind::dynamic || kind == SupervisorKind::task) &&
        s.strategy.value != Strategy::one_for_one) {
      refuse(out_, mapping, "strategy", fmt::format("a supervisor of `kind: {}` is always one_for_one", word(kind)),
             "leave `strategy` out");
    }
    templates(node, s, mapping);
  }

  void templates(const Node& node, const Supervisor& s, const Mapping& mapping) {
    if (s.kind.value == SupervisorKind::partition && node.children.size() > 1) {
      refuse(out_, mapping, "children",
             fmt::format("a partition supervisor has one child, not {}", node.children.size()),
             "its copies are counted by `partitions`");
    }
    if (s.simple_one_for_one && node.children.size() > 1) {
      refuse(out_, mapping, "children",
             fmt::format("simple_one_for_one has one template, not {}", node.children.size()),
             "in the erlang dialect `kind: dynamic` means simple_one_for_one; use `count` for the population");
    }
    if (s.opaque && !node.children.empty()) {
      refuse(out_, mapping, "opaque", "an opaque supervisor has no described children",
             "leave out `opaque` or `children`");
    }
    std::uint64_t population = 0;
    for (const NodeId child : node.children) population += design_.nodes[child].count.value;
    if (s.max_children.written() && s.max_children.value && population > *s.max_children.value) {
      refuse(out_, mapping, "max_children", fmt::format("the population of {} is above max_children", population),
             "raise `max_children` or lower the `count`");
    }
  }

  /// A tick that comes without a pause and takes no time comes for ever at one instant.
  void ticks(const Mapping& worker) {
    for (const yaml::Cursor& item : worker.items("ticks")) {
      if (!item.is_mapping()) continue;
      const Mapping tick(ObjectType::tick, item);
      const auto every = tick.distribution("every");
      const auto takes = tick.distribution("takes");
      const auto has = [&](std::string_view key) { return tick.has(key); };
      const std::string_view others[] = {"calls", "tasks", "crashes", "exits", "during"};
      const bool pauses = !every || mean(*every) > 0 || (tick.has("takes") && (!takes || mean(*takes) > 0));
      if (pauses || std::any_of(std::begin(others), std::end(others), has)) continue;
      refuse(out_, tick, "every", "`every` must be more than 0 where the tick takes no time",
             "or endlessly many would come at one instant; for a loop that works all the time, say what it `takes`");
    }
  }

  void child(const Node& node, const Mapping& mapping) {
    const Supervisor& above = *as_supervisor(design_.nodes[node.parent]);
    const SupervisorKind kind = above.kind.value;
    if (node.significant.value) significant(node, above, mapping);
    if (above.simple_one_for_one && node.scripted) instance(node, mapping);
    const bool is_template = kind == SupervisorKind::dynamic || kind == SupervisorKind::task;
    if (node.on_demand && !is_template) {
      refuse(out_, mapping, "on_demand", "`on_demand` is for a child of a dynamic supervisor",
             "the others are started by their supervisor");
    }
    if (kind == SupervisorKind::partition && mapping.has("count")) {
      refuse(out_, mapping, "count", "the copies of a partition supervisor's child are counted by `partitions`",
             fmt::format("write `partitions: {}` at the supervisor", mapping.count("count").value_or(1)));
    }
  }

  /// What start_child starts below a simple_one_for_one is one more of its template.
  void instance(const Node& node, const Mapping& mapping) {
    const Node& above = design_.nodes[node.parent];
    if (above.children.empty()) {
      complain(out_, mapping.cursor(), "bad-combination",
               fmt::format("`{}` is a simple_one_for_one without a template: it starts nothing", above.name),
               "give it the one child that it starts instances of");
      return;
    }
    const Node& model = design_.nodes[above.children.front()];
    const Shutdown &shutdown = node.shutdown.value, &of_model = model.shutdown.value;
    if (node.role.index() == model.role.index() && node.restart.value == model.restart.value &&
        shutdown.how == of_model.how && shutdown.limit == of_model.limit)
      return;
    complain(
        out_, mapping.cursor(), "bad-combination",
        fmt::format("`{}` is a simple_one_for_one: what it starts has the restart and shutdown of its template `{}`",
                    above.name, model.name),
        "write the template's restart and shutdown here, too")
        .labels.push_back({model.name_span, "the template"});
  }

  void significant(const Node& node, const Supervisor& above, const Mapping& mapping) {
    if (above.auto_shutdown.value == AutoShutdown::never) {
      refuse(out_, mapping, "significant", "a significant child needs a supervisor with auto_shutdown",
             "OTP refuses it; set `auto_shutdown` at the supervisor or leave `significant` out")
          .labels.push_back(
              {above.auto_shutdown.written() ? above.auto_shutdown.whole() : design_.nodes[node.parent].name_span,
               "its auto_shutdown is never"});
    }
    if (node.restart.value == Restart::permanent) {
      refuse(out_, mapping, "significant", "a significant child can't be permanent",
             "OTP refuses it; write `restart: transient` or `restart: temporary`")
          .labels.push_back({node.restart.whole(), node.restart.written() ? "permanent" : "permanent by default"});
    }
  }

  const Design& design_;
  std::vector<Diagnostic>& out_;
  std::map<NodeId, const Mapping*> sources_;
};

/// Keys without those that the field table wants beside them.
void companions(const Mapping& mapping, std::vector<Diagnostic>& out) {
  for (const Companions& one : info(mapping.type()).companions) {
    const auto found = mapping.find(one.key);
    const bool beside =
        std::any_of(one.beside.begin(), one.beside.end(), [&](std::string_view key) { return mapping.has(key); });
    if (!found || beside || mapping.has_unknown()) continue;
    const std::string wanted = fmt::format("`{}`", fmt::join(one.beside, "` or `"));
    if (one.lacks)
      complain(out, found->key, "missing-key", fmt::format("`{}` needs {} beside it", one.key, wanted),
               fmt::format("add {}", wanted));
    else
      refuse(out, mapping, one.key, fmt::format("`{}` has no meaning without {}", one.key, wanted),
             fmt::format("remove `{}`", one.key));
  }
}

/// Endlessly many messages at one instant.
void without_pause(const Mapping& mapping, std::vector<Diagnostic>& out) {
  const auto every = mapping.find("every");
  if (!every || !every->value.is_scalar()) return;
  const auto parsed = parse_distribution(every->value.text());
  if (parsed && mean(*parsed) <= 0)
    refuse(out, mapping, "every", "`every` must be more than 0", "or endlessly many would come at one instant");
}

void traffic(const Mapping& source, std::vector<Diagnostic>& out) {
  without_pause(source, out);
  if (const auto burst = source.find("burst"); burst && burst->value.is_mapping())
    without_pause(Mapping(ObjectType::burst, burst->value), out);
  for (const OnlyWhere& one : info(ObjectType::traffic).conditions) {
    if (source.word<Sends>("sends").value_or(Sends::call) == Sends::call || !source.has(one.key)) continue;
    refuse(out, source, one.key, fmt::format("`{}` has no meaning for what is not a call", one.key),
           "nobody waits for an answer to a cast or info");
  }
}

}  // namespace

void check_combinations(const Design& design, const std::vector<NodeSource>& sources, std::vector<Diagnostic>& out) {
  Combinations(design, sources, out).all();
}

void check_companions(const Mapping& file, std::vector<Diagnostic>& out) {
  if (const auto found = file.find("traffic"); found && found->value.is_mapping()) {
    for (const auto& [name, value] : found->value.entries()) {
      if (!value.is_mapping()) continue;
      companions(Mapping(ObjectType::traffic, value), out);
      traffic(Mapping(ObjectType::traffic, value), out);
    }
  }
  for (const yaml::Cursor& item : file.items("script")) {
    if (item.is_mapping()) companions(Mapping(ObjectType::scripted_event, item), out);
  }
  for (const yaml::Cursor& item : file.items("expect")) {
    if (item.is_mapping()) companions(Mapping(ObjectType::promise, item), out);
  }
}

}  // namespace treefall::spec
