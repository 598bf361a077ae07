// What a worker does, as text. For keys whose origin the design does not keep, the comment says that the value is the
// language's default.
#include <fmt/format.h>

#include <chrono>

#include "spec/show_parts.hpp"
#include "spec/units.hpp"

namespace treefall::spec {

namespace {

void takes(YamlWriter& out, const Distribution& d) {
  const std::string text = to_text(d);
  out.entry("takes", text, when(text == "0s"));
}

void probability(YamlWriter& out, std::string_view key, double p) {
  out.entry(key, written_probability(p), when(p == 0));
}

void message(YamlWriter& out, const std::string& text) { out.entry("message", scalar_text(text), when(text == "any")); }

void show_call(YamlWriter& out, const Design& design, const Call& call) {
  out.entry("to", reference_text(design, call.to));
  message(out, call.message);
  out.entry("times", fmt::to_string(call.times), when(call.times == 1));
  out.entry("timeout", written_duration(call.timeout.value), when(!call.timeout.written()));
  if (call.on_failure.what == OnFailure::Do::retry)
    return out.entry("on_failure", fmt::format("{{retry: {}}}", call.on_failure.retries));
  out.entry("on_failure", word_text(ObjectType::call, "on_failure", call.on_failure.what),
            when(call.on_failure.what == OnFailure::Do::crash));
}

void show_calls(YamlWriter& out, const Design& design, const std::vector<Call>& calls) {
  if (calls.empty()) return;
  out.block("calls", [&] {
    for (const Call& call : calls) out.item([&] { show_call(out, design, call); });
  });
}

void show_casts(YamlWriter& out, const Design& design, const std::vector<Cast>& casts) {
  if (casts.empty()) return;
  out.block("casts", [&] {
    for (const Cast& cast : casts) {
      out.item([&] {
        out.entry("to", reference_text(design, cast.to));
        message(out, cast.message);
        out.entry("times", fmt::to_string(cast.times), when(cast.times == 1));
      });
    }
  });
}

void show_task(YamlWriter& out, const Task& task) {
  out.entry("count", fmt::to_string(task.count), when(task.count == 1));
  out.entry("linked", task.linked ? "true" : "false", when(task.linked));
  takes(out, task.takes);
  probability(out, "crashes", task.crash_probability);
  out.entry("await", task.await ? written_duration(*task.await) : "none", when(task.await == std::chrono::seconds(5)));
  out.entry("on_timeout", word_text(ObjectType::task, "on_timeout", task.on_timeout),
            when(task.on_timeout == Task::OnTimeout::exit));
}

/// The keys of a handler, without `during`. An empty list is only written where it overrides one (`base`).
void handler_keys(YamlWriter& out, const Design& design, const Handler& h, const Handler* base) {
  takes(out, h.takes);
  show_calls(out, design, h.calls);
  if (base != nullptr && h.calls.empty() && !base->calls.empty()) out.entry("calls", "[]");
  show_casts(out, design, h.casts);
  if (base != nullptr && h.casts.empty() && !base->casts.empty()) out.entry("casts", "[]");
  if (!h.tasks.empty()) {
    out.block("tasks", [&] {
      for (const Task& task : h.tasks) out.item([&] { show_task(out, task); });
    });
  }
  if (base != nullptr && h.tasks.empty() && !base->tasks.empty()) out.entry("tasks", "[]");
  probability(out, "crashes", h.crash_probability);
  if (h.exits) out.entry("exits", reason_text(*h.exits));
}

void show_handler(YamlWriter& out, const Design& design, const Handler& h) {
  handler_keys(out, design, h, nullptr);
  if (h.during.empty()) return;
  out.block("during", [&] {
    for (const HandlerDuring& d : h.during) {
      out.block(fault_name(design, d.fault), [&] { handler_keys(out, design, d.handler.front(), &h); });
    }
  });
}

void init_keys(YamlWriter& out, const Design& design, const Init& init, const Init* base) {
  takes(out, init.takes);
  show_calls(out, design, init.calls);
  if (base != nullptr && init.calls.empty() && !base->calls.empty()) out.entry("calls", "[]");
  if (init.fails_during) {
    out.block("fails", [&] { out.entry("during", fault_name(design, *init.fails_during)); });
  } else {
    probability(out, "fails", init.failure_probability);
  }
  if (!init.outcomes.empty()) {
    std::string list;
    for (const InitOutcome outcome : init.outcomes) {
      const auto& words = find_field(info(ObjectType::init), "outcomes")->shape.items.front().words;
      list += fmt::format("{}{}", list.empty() ? "" : ", ", words[static_cast<std::size_t>(outcome)].text);
    }
    out.entry("outcomes", fmt::format("[{}]", list));
  }
  if (init.timeout) out.entry("timeout", written_duration(*init.timeout));
  if (init.retry_after) out.entry("retry_after", to_text(*init.retry_after));
}

void show_init(YamlWriter& out, const Design& design, const Init& init) {
  init_keys(out, design, init, nullptr);
  if (init.during.empty()) return;
  out.block("during", [&] {
    for (const Init::During& d : init.during) {
      out.block(fault_name(design, d.fault), [&] { init_keys(out, design, d.init.front(), &init); });
    }
  });
}

std::string times_text(const std::vector<Duration>& times) {
  std::string list;
  for (const Duration time : times) list += fmt::format("{}{}", list.empty() ? "" : ", ", written_duration(time));
  return fmt::format("[{}]", list);
}

void show_clock(YamlWriter& out, const Design& design, const CrashClock& clock) {
  if (const auto* rate = std::get_if<CrashClock::Rate>(&clock.when)) out.entry("rate", written_rate(rate->per_second));
  if (const auto* after = std::get_if<CrashClock::After>(&clock.when)) out.entry("after", to_text(after->since_start));
  if (const auto* at = std::get_if<CrashClock::At>(&clock.when)) out.entry("at", times_text(at->node_times));
  if (clock.during) out.entry("during", fault_name(design, *clock.during));
  out.entry("reason", reason_text(clock.reason), when(clock.reason.kind == ExitReason::Kind::error));
}

void show_behaviour(YamlWriter& out, const Design& design, const Worker& worker) {
  if (worker.init) out.block("init", [&] { show_init(out, design, *worker.init); });
  if (worker.handle_continue) out.block("continue", [&] { show_init(out, design, *worker.handle_continue); });
  if (worker.handles && worker.handles->empty()) out.entry("handles", "{}");
  if (worker.handles && !worker.handles->empty()) {
    out.block("handles", [&] {
      for (const NamedHandler& named : *worker.handles) {
        out.block(scalar_text(named.message), [&] { show_handler(out, design, named.handler); });
      }
    });
  }
  if (!worker.ticks.empty()) {
    out.block("ticks", [&] {
      for (const Tick& tick : worker.ticks) {
        out.item([&] {
          out.entry("every", to_text(tick.every));
          if (tick.first) out.entry("first", to_text(*tick.first));
          show_handler(out, design, tick.handler);
        });
      }
    });
  }
  if (!worker.crashes.empty()) {
    out.block("crashes", [&] {
      for (const CrashClock& clock : worker.crashes) out.item([&] { show_clock(out, design, clock); });
    });
  }
}

void show_needs(YamlWriter& out, const Design& design, const Worker& worker) {
  if (!worker.links.empty()) {
    std::string list;
    for (const Target& link : worker.links)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", reference_text(design, link));
    out.entry("links", fmt::format("[{}]", list));
  }
  if (!worker.depends_on.empty()) {
    out.block("depends_on", [&] {
      for (const Dependency& d : worker.depends_on) {
        out.item([&] {
          out.entry("name", reference_text(design, d.on));
          out.entry("uses", word_text(ObjectType::dependency, "uses", d.uses), when(d.uses == Dependency::Uses::name));
        });
      }
    });
  }
}

}  // namespace

void show_worker(YamlWriter& out, const Design& design, const Worker& worker) {
  show_behaviour(out, design, worker);
  show_needs(out, design, worker);
  out.entry("traps_exits", worker.traps_exits.value ? "true" : "false", when(!worker.traps_exits.written()));
  if (worker.terminate) out.block("terminate", [&] { out.entry("takes", to_text(*worker.terminate)); });
  out.entry("state", word_text(ObjectType::worker, "state", worker.state.value), when(!worker.state.written()));
  const Mailbox& m = worker.mailbox;
  if (!m.alarm && !m.message_bytes && !m.shed_above) return;
  out.block("mailbox", [&] {
    if (m.alarm) out.entry("alarm", fmt::to_string(*m.alarm));
    if (m.message_bytes) out.entry("message_bytes", fmt::to_string(*m.message_bytes));
    if (m.shed_above) out.entry("shed_above", fmt::to_string(*m.shed_above));
  });
}

}  // namespace treefall::spec
