// Faults, traffic, script and promises, as text.
#include <fmt/format.h>

#include <algorithm>

#include "spec/show_parts.hpp"
#include "spec/units.hpp"

namespace treefall::spec {

namespace {

void show_outage(YamlWriter& out, const Fault::Outage& outage) {
  out.entry("at", written_duration(outage.at));
  out.entry("lasts", to_text(outage.lasts));
}

struct ArrivalWriter {
  YamlWriter& out;
  void operator()(const Traffic::Poisson& a) const { out.entry("rate", written_rate(a.per_second)); }
  void operator()(const Traffic::Renewal& a) const {
    out.entry("every", to_text(a.every));
    if (a.first) out.entry("first", to_text(*a.first));
  }
  void operator()(const Traffic::Burst& a) const {
    out.block("burst", [&] {
      out.entry("size", fmt::to_string(a.size));
      out.entry("every", to_text(a.every));
    });
    if (a.first) out.entry("first", to_text(*a.first));
  }
  void operator()(const Traffic::At& a) const {
    std::string list;
    for (const Duration time : a.times) list += fmt::format("{}{}", list.empty() ? "" : ", ", written_duration(time));
    out.entry("at", fmt::format("[{}]", list));
  }
  void operator()(const Traffic::Closed& a) const {
    out.entry("concurrency", fmt::to_string(a.concurrency));
    out.entry("think", to_text(a.think));
  }
};

/// A bound in the unit in which its quantity is written.
std::string bound_text(Unit unit, double bound) {
  switch (unit) {
    case Unit::probability:
      return written_probability(bound);
    case Unit::seconds:
      return to_text(Constant{bound});
    case Unit::per_second:
    case Unit::messages_per_second:
      return written_rate(bound);
    case Unit::messages:
    case Unit::share:
      break;
  }
  return fmt::format("{}", bound);
}

std::string subject_text(const Design& design, const Subject& subject) {
  if (const auto* target = std::get_if<Target>(&subject)) return reference_text(design, *target);
  return scalar_text(path(design, subject));
}

}  // namespace

void show_fault(YamlWriter& out, const Fault& fault) {
  out.block(scalar_text(fault.name), [&] {
    if (const auto* random = std::get_if<Fault::Random>(&fault.when)) {
      out.entry("every", to_text(random->every));
      out.entry("lasts", to_text(random->lasts));
      return;
    }
    for (const Fault::Outage& outage : std::get<std::vector<Fault::Outage>>(fault.when))
      out.item([&] { show_outage(out, outage); });
  });
}

void show_traffic(YamlWriter& out, const Design& design, const Traffic& traffic) {
  out.entry("to", reference_text(design, traffic.to));
  out.entry("sends", word_text(ObjectType::traffic, "sends", traffic.sends), when(traffic.sends == Sends::call));
  out.entry("message", scalar_text(traffic.message), when(traffic.message == "any"));
  if (traffic.sends == Sends::call) {
    out.entry("timeout", written_duration(traffic.timeout.value), when(!traffic.timeout.written()));
    out.entry("on_timeout", traffic.retries ? fmt::format("{{retry: {}}}", *traffic.retries) : "give_up",
              when(!traffic.retries));
  }
  std::visit(ArrivalWriter{out}, traffic.arrivals);
  out.entry("redeliver", traffic.redeliver ? "true" : "false", when(!traffic.redeliver));
  if (traffic.during) out.entry("during", fault_name(design, *traffic.during));
}

/// Does this event bring the child's description? Later ones, and those of a child of the tree, only name it.
bool describes(const Design& design, const ScriptedEvent& event) {
  const auto first = std::find_if(design.script.begin(), design.script.end(),
                                  [&](const ScriptedEvent& other) { return other.child == event.child; });
  return &*first == &event && design.nodes[event.child].scripted;
}

void show_started(YamlWriter& out, const Design& design, const ScriptedEvent& event) {
  if (describes(design, event)) return show_child(out, design, event.child);
  const Node& node = design.nodes[event.child];
  out.entry(as_supervisor(node) != nullptr ? "supervisor" : "worker", scalar_text(node.name));
}

void show_event(YamlWriter& out, const Design& design, const ScriptedEvent& event) {
  using Do = ScriptedEvent::Do;
  constexpr std::string_view verbs[] = {
      "kill", "exit", "shutdown", "send", "start_child", "terminate_child", "restart_child", "delete_child"};
  out.entry("at", written_duration(event.at));
  out.entry(verbs[static_cast<std::size_t>(event.what)], reference_text(design, event.process));
  if (event.what == Do::exit)
    out.entry("reason", reason_text(event.reason),
              when(event.reason.kind == ExitReason::Kind::error && event.reason.term.empty()));
  if (event.what == Do::send) {
    out.entry("message", scalar_text(event.message), when(event.message == "any"));
    out.entry("as", word_text(ObjectType::scripted_event, "as", event.as), when(event.as == Sends::info));
  }
  if (event.what == Do::start_child) out.block("child", [&] { show_started(out, design, event); });
}

void show_promise(YamlWriter& out, const Design& design, const Promise& promise) {
  if (const auto* survival = std::get_if<SurvivalPromise>(&promise.what)) {
    out.entry("fault", fault_name(design, survival->fault));
    out.entry("lasting", written_duration(survival->lasting));
    return out.entry("survives", reference_text(design, survival->survives));
  }
  const auto& q = std::get<QuantityPromise>(promise.what);
  out.entry("process", subject_text(design, q.subject));
  out.entry("quantity", name(q.quantity));
  if (q.within) out.entry("within", written_duration(*q.within));
  if (!q.within && q.quantity == Quantity::failure_probability)
    out.comment(fmt::format("within: {}  the horizon (default)", written_duration(design.horizon.value)));
  out.entry(q.at_most ? "at_most" : "at_least", bound_text(info(q.quantity).unit, q.bound));
}

}  // namespace treefall::spec
