// Reads trace lines back; the only file that parses JSON.
#include "report/trace_events.hpp"

#include <nlohmann/json.hpp>

namespace treefall::report {

namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

template <class Number>
Number number(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number_integer() ? at->get<Number>() : Number{0};
}

}  // namespace

std::optional<TraceHeader> trace_header(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("treefall_trace")) return std::nullopt;
  TraceHeader header{number<std::uint64_t>(object, "seed"), std::nullopt};
  if (object.contains("replica")) header.replica = number<std::uint64_t>(object, "replica");
  return header;
}

std::optional<TraceEvent> trace_event(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("event")) return std::nullopt;
  TraceEvent event;
  event.t_ns = number<std::int64_t>(object, "t_ns");
  event.event = text_of(object, "event");
  event.process = text_of(object, "process");
  event.reason = text_of(object, "reason");
  event.by = text_of(object, "by");
  event.to = text_of(object, "to");
  event.fault = text_of(object, "fault");
  event.application = text_of(object, "application");
  event.count = number<std::uint64_t>(object, "count");
  event.in_window = number<std::uint64_t>(object, "in_window");
  event.restarts = number<std::uint64_t>(object, "restarts");
  event.intensity = number<std::uint64_t>(object, "intensity");
  event.period_s = number<std::uint64_t>(object, "period_s");
  return event;
}

}  // namespace treefall::report
