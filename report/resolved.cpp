// Lists a process's settings in OTP's words.
#include "report/resolved.hpp"

#include <fmt/format.h>

#include <tuple>

#include "report/glyphs.hpp"
#include "report/table.hpp"
#include "spec/fields.hpp"
#include "spec/wording.hpp"

namespace treefall::report {

namespace {

/// The language's word for an enumerator, from its field table, where words stand in the order of the enumeration.
template <class Enum>
std::string word_of(spec::ObjectType type, std::string_view key, Enum value) {
  return std::string(spec::find_field(spec::info(type), key)->shape.words[static_cast<std::size_t>(value)].text);
}

std::string text(const spec::Shutdown& shutdown) {
  switch (shutdown.how) {
    case spec::Shutdown::How::brutal_kill:
      return "brutal_kill";
    case spec::Shutdown::How::within:
      return spec::seconds_text(spec::in_seconds(shutdown.limit));
    case spec::Shutdown::How::infinity:
      return "infinity";
  }
  return "";
}

std::string limit_text(const std::optional<std::uint64_t>& limit) {
  return limit ? spec::count_text(*limit) : "infinity";
}

class Listing {
 public:
  explicit Listing(spec::Dialect dialect) : dialect_(dialect) {}

  template <class T>
  void add(const std::string& key, const spec::Setting<T>& setting, const std::string& value) {
    rows_.push_back({{key, {}}, {value, Style::strong}, {origin(setting), Style::faint}});
  }
  std::string take(const Paint& paint) const { return table_body(rows_, paint); }

 private:
  template <class T>
  std::string origin(const spec::Setting<T>& setting) const {
    switch (setting.origin) {
      case spec::Origin::written:
        return fmt::format("written in line {}", setting.at.start.line);
      case spec::Origin::language_default:
        return "default";
      case spec::Origin::dialect_default:
        return dialect_ == spec::Dialect::elixir ? "Elixir's default" : "Erlang's default";
      case spec::Origin::kind_default:
        return "default of its kind";
    }
    return "";
  }

  spec::Dialect dialect_;
  Rows rows_;
};

void add(Listing& listing, const spec::Worker& worker) {
  listing.add("kind", worker.kind, word_of(spec::ObjectType::worker, "kind", worker.kind.value));
  listing.add("traps_exits", worker.traps_exits, worker.traps_exits.value ? "true" : "false");
}

void add(Listing& listing, const spec::Supervisor& supervisor) {
  constexpr auto type = spec::ObjectType::supervisor;
  const auto& [kind, strategy, auto_shutdown] =
      std::tie(supervisor.kind, supervisor.strategy, supervisor.auto_shutdown);
  listing.add("kind", kind, word_of(type, "kind", kind.value));
  listing.add("strategy", strategy, word_of(type, "strategy", strategy.value));
  listing.add("max_restarts", supervisor.max_restarts, spec::count_text(supervisor.max_restarts.value));
  listing.add("max_seconds", supervisor.max_seconds, spec::count_text(supervisor.max_seconds.value));
  listing.add("auto_shutdown", auto_shutdown, word_of(type, "auto_shutdown", auto_shutdown.value));
  if (kind.value != spec::SupervisorKind::dynamic) return;
  listing.add("max_children", supervisor.max_children, limit_text(supervisor.max_children.value));
}

std::string section(const spec::Design& design, spec::NodeId id, const std::string& role, const Paint& paint) {
  const spec::Node& node = design.nodes[id];
  Listing listing(design.dialect.value);
  if (node.parent != spec::no_node) {
    listing.add("restart", node.restart, word_of(spec::ObjectType::worker, "restart", node.restart.value));
    listing.add("shutdown", node.shutdown, text(node.shutdown.value));
    listing.add("significant", node.significant, node.significant.value ? "true" : "false");
    listing.add("count", node.count, spec::count_text(node.count.value));
  }
  std::visit([&](const auto& what) { add(listing, what); }, node.role);
  return paint(Style::strong, role + " `" + shown(node.path) + "`") + "\n" + listing.take(paint);
}

}  // namespace

std::optional<spec::NodeId> node_at(const spec::Design& design, const analyzer::Finding& finding) {
  const std::uint32_t at = finding.diagnostic.span.start.byte;
  std::optional<spec::NodeId> innermost;
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    const spec::Span& span = design.nodes[id].span;
    if (span.start.byte <= at && at < span.end.byte) innermost = id;  // parents come before their children
  }
  if (innermost || !finding.subject) return innermost;
  const auto* target = std::get_if<spec::Target>(&*finding.subject);
  return target == nullptr ? std::nullopt : std::optional(target->node);
}

std::string resolved(const spec::Design& design, spec::NodeId node, const Paint& paint) {
  std::string text = section(design, node, "what holds for", paint);
  const spec::NodeId parent = design.nodes[node].parent;
  if (parent != spec::no_node) text += section(design, parent, "and for its supervisor", paint);
  return text;
}

}  // namespace treefall::report
