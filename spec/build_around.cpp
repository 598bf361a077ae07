// What stands around the trees: faults, traffic, script, promises.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "spec/build.hpp"
#include "spec/check.hpp"

namespace treefall::spec {

namespace {

std::vector<std::pair<yaml::Cursor, yaml::Cursor>> named(const Mapping& file, std::string_view key) {
  const auto found = file.find(key);
  return found && found->value.is_mapping() ? found->value.entries()
                                            : std::vector<std::pair<yaml::Cursor, yaml::Cursor>>{};
}

Fault::Outage outage(const Mapping& mapping) {
  return {mapping.duration("at").value_or(Duration{}), mapping.distribution("lasts").value_or(Constant{0})};
}

Fault fault(const yaml::Cursor& name, const yaml::Cursor& value) {
  Fault result;
  result.name = std::string(name.text());
  result.name_span = name.span();
  result.span = value.span();
  if (value.is_sequence()) {
    std::vector<Fault::Outage> outages;
    for (const yaml::Cursor& item : value.items()) outages.push_back(outage(Mapping(ObjectType::outage, item)));
    result.when = std::move(outages);
    return result;
  }
  const Mapping mapping(ObjectType::fault, value);
  if (mapping.has("at")) {
    result.when = std::vector<Fault::Outage>{outage(mapping)};
  } else {
    result.when = Fault::Random{mapping.distribution("every").value_or(Constant{1}),
                                mapping.distribution("lasts").value_or(Constant{0})};
  }
  return result;
}

void arrivals(Traffic& traffic, const Mapping& mapping) {
  traffic.arrivals_span = mapping.span();
  if (const auto rate = mapping.rate("rate")) {
    traffic.arrivals = Traffic::Poisson{*rate};
    traffic.arrivals_span = mapping.place("rate");
  } else if (const auto every = mapping.distribution("every")) {
    traffic.arrivals = Traffic::Renewal{*every, mapping.distribution("first")};
    traffic.arrivals_span = mapping.place("every");
  } else if (const auto found = mapping.find("burst"); found && found->value.is_mapping()) {
    const Mapping burst(ObjectType::burst, found->value);
    traffic.arrivals = Traffic::Burst{burst.count("size").value_or(1),
                                      burst.distribution("every").value_or(Constant{1}), mapping.distribution("first")};
    traffic.arrivals_span = found->value.span();
  } else if (mapping.has("at")) {
    traffic.arrivals = Traffic::At{mapping.durations("at")};
    traffic.arrivals_span = mapping.place("at");
  } else if (const auto clients = mapping.count("concurrency")) {
    traffic.arrivals = Traffic::Closed{*clients, mapping.distribution("think").value_or(Constant{0})};
    traffic.arrivals_span = mapping.place("concurrency");
  }
}

void fill_traffic(Traffic& traffic, const Mapping& mapping, const References& references) {
  if (const auto to = mapping.find("to")) {
    if (auto target = references.process(to->value)) traffic.to = *std::move(target);
  }
  traffic.sends = mapping.word<Sends>("sends").value_or(Sends::call);
  traffic.message = mapping.text("message").value_or("any");
  traffic.timeout = mapping.setting<Duration>("timeout", mapping.milliseconds("timeout"), std::chrono::seconds(5),
                                              Origin::language_default, traffic.name_span);
  if (const auto late = mapping.find("on_timeout"); late && late->value.is_mapping()) {
    traffic.retries = Mapping(ObjectType::retry, late->value).count("retry");
  }
  arrivals(traffic, mapping);
  traffic.redeliver = mapping.boolean("redeliver").value_or(false);
  if (const auto during = mapping.find("during")) traffic.during = references.fault(during->value);
  traffic.span = mapping.span();
}

/// Whether a quantity can be stated of a subject, and what the subject is called.
bool applies(const QuantityInfo& quantity, const Design& design, const Subject& subject, std::string& what) {
  if (std::holds_alternative<TrafficSubject>(subject)) {
    what = "a traffic source";
    return quantity.of_traffic;
  }
  if (std::holds_alternative<ApplicationSubject>(subject)) {
    what = "an application";
    return quantity.of_application;
  }
  const bool supervises = as_supervisor(design.nodes[std::get<Target>(subject).node]) != nullptr;
  what = supervises ? "a supervisor" : "a worker";
  return supervises ? quantity.of_supervisor : quantity.of_worker;
}

void check_quantity(const Design& design, const QuantityPromise& promise, const Mapping& mapping,
                    std::vector<Diagnostic>& out) {
  const QuantityInfo& quantity = info(promise.quantity);
  std::string what;
  const auto place = mapping.find("quantity");
  if (!place || std::holds_alternative<TrafficSubject>(promise.subject)) return;  // said with the combinations
  if (!applies(quantity, design, promise.subject, what)) {
    std::vector<std::string_view> possible;
    for (const QuantityInfo& other : quantities()) {
      std::string ignored;
      if (applies(other, design, promise.subject, ignored)) possible.push_back(other.name);
    }
    complain(out, place->value, "bad-combination", fmt::format("{} has no {}", what, quantity.name),
             fmt::format("{} has: {}", what, fmt::join(possible, ", ")));
  }
}

std::optional<QuantityPromise> quantity_promise(const Design& design, const Mapping& mapping,
                                                const References& references, std::vector<Diagnostic>& out) {
  const auto process = mapping.find("process");
  auto subject = process ? references.subject(process->value) : std::nullopt;
  const std::optional<Quantity> quantity = mapping.word<Quantity>("quantity");
  if (!quantity) return std::nullopt;
  QuantityPromise promise;
  promise.quantity = *quantity;
  promise.within = mapping.duration("within");
  promise.at_most = mapping.has("at_most");
  if (const auto bound = mapping.find(promise.at_most ? "at_most" : "at_least")) {
    const auto value = parse_bound(info(promise.quantity).unit, bound->value.text());
    if (value) promise.bound = *value;  // else it is reported with the combinations
  }
  if (!subject) return std::nullopt;
  promise.subject = *std::move(subject);
  check_quantity(design, promise, mapping, out);
  return promise;
}

/// Can that be done to this process?
bool check_event(const Design& design, ScriptedEvent::Do what, const Target& process, const yaml::Cursor& at,
                 std::vector<Diagnostic>& out) {
  using Do = ScriptedEvent::Do;
  const Node& node = design.nodes[process.node];
  if (what == Do::start_child && as_supervisor(node) == nullptr) {
    complain(out, at, "bad-combination", fmt::format("`{}` is a worker and starts no children", node.name),
             "name a supervisor");
    return false;
  }
  const bool by_parent = what == Do::terminate_child || what == Do::restart_child || what == Do::delete_child;
  if (by_parent && node.parent == no_node) {
    complain(out, at, "bad-combination", fmt::format("`{}` is nobody's child", node.name),
             "name the child, not its supervisor");
    return false;
  }
  return true;
}

std::optional<SurvivalPromise> survival_promise(const Mapping& mapping, const References& references) {
  const auto fault = mapping.find("fault");
  const auto survives = mapping.find("survives");
  const auto id = fault ? references.fault(fault->value) : std::nullopt;
  auto target = survives ? references.process(survives->value) : std::nullopt;
  if (!id || !target) return std::nullopt;
  return SurvivalPromise{*id, mapping.duration("lasting").value_or(Duration{}), *std::move(target)};
}

}  // namespace

void read_faults(Design& design, const Mapping& file) {
  for (const auto& [name, value] : named(file, "faults")) design.faults.push_back(fault(name, value));
}

void name_traffic(Design& design, const Mapping& file) {
  for (const auto& [name, value] : named(file, "traffic")) {
    Traffic traffic;
    traffic.name = std::string(name.text());
    traffic.name_span = name.span();
    design.traffic.push_back(std::move(traffic));
  }
}

void read_traffic(Design& design, const Mapping& file, const References& references) {
  TrafficId id = 0;
  for (const auto& [name, value] : named(file, "traffic"))
    fill_traffic(design.traffic[id++], Mapping(ObjectType::traffic, value), references);
}

void read_promises(Design& design, const Mapping& file, const References& references, std::vector<Diagnostic>& out) {
  for (const yaml::Cursor& item : file.items("expect")) {
    if (!item.is_mapping()) continue;
    const Mapping mapping(ObjectType::promise, item);
    if (mapping.has("fault")) {
      if (auto promise = survival_promise(mapping, references))
        design.promises.push_back({*std::move(promise), mapping.span()});
    } else if (auto promise = quantity_promise(design, mapping, references, out)) {
      design.promises.push_back({*std::move(promise), mapping.span()});
    }
  }
}

void read_script(Design& design, const Mapping& file, const std::vector<NodeId>& started, const References& references,
                 std::vector<Diagnostic>& out) {
  constexpr std::array<std::string_view, 8> verbs{
      "kill", "exit", "shutdown", "send", "start_child", "terminate_child", "restart_child", "delete_child"};
  std::size_t entry = 0;
  for (const yaml::Cursor& item : file.items("script")) {
    const NodeId child = started[entry++];
    if (!item.is_mapping()) continue;
    const Mapping mapping(ObjectType::scripted_event, item);
    const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](std::string_view v) { return mapping.has(v); });
    if (verb == verbs.end()) continue;
    auto process = references.process(mapping.find(*verb)->value);
    if (!process || !check_event(design, static_cast<ScriptedEvent::Do>(verb - verbs.begin()), *process,
                                 mapping.find(*verb)->value, out))
      continue;
    ScriptedEvent event;
    event.at = mapping.duration("at").value_or(Duration{});
    event.what = static_cast<ScriptedEvent::Do>(verb - verbs.begin());
    event.process = *std::move(process);
    event.reason = exit_reason(mapping.text("reason").value_or("error"));
    event.message = mapping.text("message").value_or("any");
    event.as = mapping.word<Sends>("as").value_or(Sends::info);
    event.child = child;
    event.span = mapping.span();
    design.script.push_back(std::move(event));
  }
  std::stable_sort(design.script.begin(), design.script.end(),
                   [](const ScriptedEvent& a, const ScriptedEvent& b) { return a.at < b.at; });
}

}  // namespace treefall::spec
