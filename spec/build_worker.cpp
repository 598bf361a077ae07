// What a worker does.
#include <chrono>

#include "spec/build.hpp"

namespace treefall::spec {

namespace {

constexpr Duration default_timeout = std::chrono::seconds(5);  // gen_server:call/2 and Task.await/1

std::optional<Target> target(const Mapping& mapping, std::string_view key, const References& references) {
  const auto found = mapping.find(key);
  return found ? references.process(found->value) : std::nullopt;
}

std::optional<FaultId> fault(const Mapping& mapping, const References& references) {
  const auto found = mapping.find("during");
  return found ? references.fault(found->value) : std::nullopt;
}

std::vector<Mapping> mappings(const Mapping& mapping, std::string_view key, ObjectType type) {
  std::vector<Mapping> result;
  for (const yaml::Cursor& item : mapping.one_or_more(key)) {
    if (item.is_mapping()) result.emplace_back(type, item);
  }
  return result;
}

OnFailure on_failure(const Mapping& call) {
  const auto found = call.find("on_failure");
  if (found && found->value.is_mapping()) {
    return {OnFailure::Do::retry, Mapping(ObjectType::retry, found->value).count("retry").value_or(1)};
  }
  return {call.word<OnFailure::Do>("on_failure").value_or(OnFailure::Do::crash), 0};
}

std::vector<Call> calls(const Mapping& mapping, const References& references) {
  std::vector<Call> result;
  for (const Mapping& call : mappings(mapping, "calls", ObjectType::call)) {
    auto to = target(call, "to", references);
    if (!to) continue;
    Call c;
    c.to = *std::move(to);
    c.message = call.text("message").value_or("any");
    c.times = call.count("times").value_or(1);
    c.timeout =
        call.setting("timeout", call.milliseconds("timeout"), default_timeout, Origin::language_default, call.span());
    c.on_failure = on_failure(call);
    c.span = call.span();
    result.push_back(std::move(c));
  }
  return result;
}

std::vector<Cast> casts(const Mapping& mapping, const References& references) {
  std::vector<Cast> result;
  for (const Mapping& cast : mappings(mapping, "casts", ObjectType::cast)) {
    auto to = target(cast, "to", references);
    if (to)
      result.push_back(
          {*std::move(to), cast.text("message").value_or("any"), cast.count("times").value_or(1), cast.span()});
  }
  return result;
}

std::vector<Task> tasks(const Mapping& mapping) {
  std::vector<Task> result;
  for (const Mapping& task : mappings(mapping, "tasks", ObjectType::task)) {
    Task t;
    t.count = task.count("count").value_or(1);
    t.linked = task.boolean("linked").value_or(true);
    t.takes = task.distribution("takes").value_or(Constant{0});
    t.crash_probability = task.probability("crashes").value_or(0);
    if (task.text("await") != "none") t.await = task.milliseconds("await").value_or(default_timeout);
    t.on_timeout = task.word<Task::OnTimeout>("on_timeout").value_or(Task::OnTimeout::exit);
    t.span = task.span();
    result.push_back(std::move(t));
  }
  return result;
}

/// `base` with the keys that the mapping has.
Handler handler_over(Handler base, const Mapping& mapping, const References& references) {
  base.span = mapping.span();
  if (const auto takes = mapping.distribution("takes")) base.takes = *takes;
  if (mapping.has("takes")) base.takes_span = mapping.place("takes");
  if (const auto crashes = mapping.probability("crashes")) base.crash_probability = *crashes;
  if (mapping.has("crashes")) base.crashes_span = mapping.place("crashes");
  if (const auto exits = mapping.text("exits")) base.exits = exit_reason(*exits);
  if (mapping.has("calls")) base.calls = calls(mapping, references);
  if (mapping.has("casts")) base.casts = casts(mapping, references);
  if (mapping.has("tasks")) base.tasks = tasks(mapping);
  return base;
}

Handler handler(const Mapping& mapping, const References& references) {
  Handler bare;
  bare.takes_span = bare.crashes_span = mapping.span();
  Handler result = handler_over(bare, mapping, references);
  const auto during = mapping.find("during");
  if (!during || !during->value.is_mapping()) return result;
  const Handler base = result;
  for (const auto& [name, held] : during->value.entries()) {
    const auto id = references.fault(name);
    if (!id || !held.is_mapping()) continue;
    result.during.push_back({*id, {handler_over(base, Mapping(ObjectType::handler_during, held), references)}});
  }
  return result;
}

/// A distribution alone: a handler that takes so long.
Handler plain_handler(const yaml::Cursor& value) {
  Handler result;
  const auto takes = parse_distribution(value.text());
  if (takes) result.takes = *takes;
  result.span = result.takes_span = result.crashes_span = value.span();
  return result;
}

void fill_handles(Worker& worker, const Mapping& mapping, const References& references) {
  const auto found = mapping.find("handles");
  if (!found || found->value.is_empty() || found->value.is_sequence()) return;
  worker.handles.emplace();
  worker.handles_span = found->value.span();
  if (found->value.is_scalar()) {
    worker.handles->push_back({"any", plain_handler(found->value), found->key.span()});
    return;
  }
  for (const auto& [name, held] : found->value.entries()) {
    Handler h = held.is_mapping() ? handler(Mapping(ObjectType::handler, held), references) : plain_handler(held);
    worker.handles->push_back({std::string(name.text()), std::move(h), name.span()});
  }
}

void fails(Init& init, const Mapping& mapping, const References& references) {
  const auto found = mapping.find("fails");
  if (!found) return;
  init.fails_span = found->value.span();
  init.failure_probability = 0;
  init.fails_during.reset();
  if (found->value.is_mapping()) {
    init.fails_during = fault(Mapping(ObjectType::fails_during, found->value), references);
  } else {
    init.failure_probability = mapping.probability("fails").value_or(0);
  }
}

std::vector<InitOutcome> outcomes(const Mapping& mapping) {
  std::vector<InitOutcome> result;
  for (const yaml::Cursor& item : mapping.items("outcomes")) {
    if (item.text() == "ok") result.push_back(InitOutcome::ok);
    if (item.text() == "fail") result.push_back(InitOutcome::fail);
    if (item.text() == "ignore") result.push_back(InitOutcome::ignore);
  }
  return result;
}

Init init_over(Init base, const Mapping& mapping, const References& references) {
  base.span = mapping.span();
  if (const auto takes = mapping.distribution("takes")) base.takes = *takes;
  if (mapping.has("takes")) base.takes_span = mapping.place("takes");
  fails(base, mapping, references);
  if (mapping.has("calls")) base.calls = calls(mapping, references);
  if (mapping.has("outcomes")) base.outcomes = outcomes(mapping);
  if (const auto timeout = mapping.milliseconds("timeout")) base.timeout = timeout;
  if (const auto retry = mapping.distribution("retry_after")) base.retry_after = retry;
  return base;
}

std::optional<Init> init(const Mapping& worker, std::string_view key, ObjectType type, ObjectType overriding,
                         const References& references) {
  const auto found = worker.find(key);
  if (!found || !found->value.is_mapping()) return std::nullopt;
  const Mapping mapping(type, found->value);
  Init bare;
  bare.takes_span = bare.fails_span = mapping.span();
  Init result = init_over(bare, mapping, references);
  const auto during = mapping.find("during");
  if (!during || !during->value.is_mapping()) return result;
  const Init base = result;
  for (const auto& [name, held] : during->value.entries()) {
    const auto id = references.fault(name);
    if (id && held.is_mapping())
      result.during.push_back({*id, {init_over(base, Mapping(overriding, held), references)}});
  }
  return result;
}

std::vector<Tick> ticks(const Mapping& worker, const References& references) {
  std::vector<Tick> result;
  for (const Mapping& mapping : mappings(worker, "ticks", ObjectType::tick)) {
    result.push_back({mapping.distribution("every").value_or(Constant{1}), mapping.distribution("first"),
                      handler(mapping, references), mapping.span()});
  }
  return result;
}

std::vector<CrashClock> crashes(const Mapping& worker, const References& references) {
  std::vector<CrashClock> result;
  for (const Mapping& mapping : mappings(worker, "crashes", ObjectType::crash_clock)) {
    CrashClock clock;
    if (const auto rate = mapping.rate("rate")) clock.when = CrashClock::Rate{*rate};
    if (const auto after = mapping.distribution("after")) clock.when = CrashClock::After{*after};
    if (mapping.has("at")) clock.when = CrashClock::At{mapping.durations("at")};
    clock.during = fault(mapping, references);
    clock.reason = exit_reason(mapping.text("reason").value_or("error"));
    clock.span = mapping.span();
    result.push_back(std::move(clock));
  }
  return result;
}

std::vector<Dependency> dependencies(const Mapping& worker, const References& references) {
  std::vector<Dependency> result;
  for (const yaml::Cursor& item : worker.items("depends_on")) {
    if (item.is_scalar()) {
      if (auto on = references.process(item)) result.push_back({*std::move(on), Dependency::Uses::name});
    } else if (item.is_mapping()) {
      const Mapping mapping(ObjectType::dependency, item);
      if (auto on = target(mapping, "name", references)) {
        result.push_back({*std::move(on), mapping.word<Dependency::Uses>("uses").value_or(Dependency::Uses::name)});
      }
    }
  }
  return result;
}

Mailbox mailbox(const Mapping& worker) {
  const auto found = worker.find("mailbox");
  if (!found || !found->value.is_mapping()) return {};
  const Mapping mapping(ObjectType::mailbox, found->value);
  return {mapping.whole("alarm"), mapping.whole("message_bytes"), mapping.whole("shed_above"), mapping.span()};
}

}  // namespace

ExitReason exit_reason(std::string_view text) {
  constexpr std::string_view with = "shutdown:";
  if (text == "normal") return {ExitReason::Kind::normal, ""};
  if (text == "shutdown") return {ExitReason::Kind::shutdown, ""};
  if (text == "killed") return {ExitReason::Kind::killed, ""};
  if (text.starts_with(with)) return {ExitReason::Kind::shutdown_with, std::string(text.substr(with.size()))};
  return {ExitReason::Kind::error, text == "error" ? "" : std::string(text)};
}

void fill_worker(Worker& worker, const Mapping& mapping, const References& references) {
  worker.init = init(mapping, "init", ObjectType::init, ObjectType::init_during, references);
  worker.handle_continue =
      init(mapping, "continue", ObjectType::handle_continue, ObjectType::handle_continue_during, references);
  fill_handles(worker, mapping, references);
  worker.ticks = ticks(mapping, references);
  worker.crashes = crashes(mapping, references);
  for (const yaml::Cursor& name : mapping.one_or_more("links")) {
    if (auto to = references.process(name)) worker.links.push_back(*std::move(to));
  }
  const Span at = mapping.place("worker");
  worker.traps_exits =
      mapping.setting("traps_exits", mapping.boolean("traps_exits"), false, Origin::language_default, at);
  if (const auto terminate = mapping.find("terminate"); terminate && terminate->value.is_mapping()) {
    worker.terminate = Mapping(ObjectType::terminate, terminate->value).distribution("takes");
  }
  worker.depends_on = dependencies(mapping, references);
  worker.state = mapping.setting("state", mapping.word<StateAfterRestart>("state"), StateAfterRestart::rebuilt,
                                 Origin::language_default, at);
  worker.mailbox = mailbox(mapping);
}

}  // namespace treefall::spec
