// Nodes side by side: two children of one id, what OTP refuses as an instance of a template, more children than their
// supervisor or the node holds.
#include "spec/siblings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "spec/check.hpp"
#include "spec/wording.hpp"

namespace treefall::spec {

namespace {

class Siblings {
 public:
  Siblings(const Design& design, const std::vector<NodeSource>& sources, std::vector<Diagnostic>& out)
      : design_(design), sources_(sources), out_(out) {}

  void all() {
    applications();
    for (NodeId id = 0; id < sources_.size(); ++id) {
      const Node& node = design_.nodes[id];
      if (const Supervisor* supervisor = as_supervisor(node)) {
        ids(node.children, "a sibling");
        most_children(node, *supervisor, id);
      }
      const Supervisor* above = node.parent == no_node ? nullptr : as_supervisor(design_.nodes[node.parent]);
      if (above != nullptr && above->simple_one_for_one && node.scripted) instance(node, id);
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
    std::unordered_map<std::string_view, NodeId> first;
    first.reserve(nodes.size());
    for (const NodeId id : nodes) {
      const Node& node = design_.nodes[id];
      if (node.name.empty()) continue;
      const auto [found, fresh] = first.emplace(node.name, id);
      if (fresh) continue;
      const auto name = sources_[id].mapping().find(as_supervisor(node) != nullptr ? "supervisor" : "worker");
      Diagnostic& d = complain(out_, name ? name->value : sources_[id].cursor, "duplicate-id",
                               fmt::format("{} has the name `{}` already", who, node.name),
                               "names are ids: unique among siblings; for several equal children use `count`");
      d.labels.push_back({design_.nodes[found->second].name_span, "first used here"});
    }
  }

  void applications() {
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
      for (const NodeId id : outside)
        if (design_.nodes[id].path == root.path) ids({application.root, id}, "the root of a tree");
    }
  }

  void most_children(const Node& node, const Supervisor& supervisor, NodeId id) {
    if (!supervisor.max_children.written() || !supervisor.max_children.value) return;
    std::uint64_t population = 0;
    for (const NodeId child : node.children) population += design_.nodes[child].count.value;
    if (population <= *supervisor.max_children.value) return;
    const auto found = sources_[id].mapping().find("max_children");
    Diagnostic& d = complain(out_, found ? found->value : sources_[id].cursor, "bad-combination",
                             fmt::format("the population of {} is above max_children", population),
                             "raise `max_children` or lower the `count`");
    if (!came_through_alias(d)) d.span = supervisor.max_children.whole();
  }

  /// What start_child starts below a simple_one_for_one is one more of its template.
  void instance(const Node& node, NodeId id) {
    const Node& above = design_.nodes[node.parent];
    if (above.children.empty()) {
      complain(out_, sources_[id].cursor, "bad-combination",
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
        out_, sources_[id].cursor, "bad-combination",
        fmt::format("`{}` is a simple_one_for_one: what it starts has the restart and shutdown of its template `{}`",
                    above.name, model.name),
        "write the template's restart and shutdown here, too")
        .labels.push_back({model.name_span, "the template"});
  }

  const Design& design_;
  const std::vector<NodeSource>& sources_;
  std::vector<Diagnostic>& out_;
};

}  // namespace

void check_siblings(const Design& design, const std::vector<NodeSource>& sources, std::vector<Diagnostic>& out) {
  Siblings(design, sources, out).all();
}

}  // namespace treefall::spec
