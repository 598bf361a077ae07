// Handlers, init, ticks, crash clocks as Erlang terms.
#include "beam/terms_worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "beam/registry.hpp"
#include "beam/terms.hpp"

namespace treefall::beam {
namespace {

template <class... Laws>
struct Overload : Laws... {
  using Laws::operator()...;
};
template <class... Laws>
Overload(Laws...) -> Overload<Laws...>;

std::string fault_term(const std::optional<spec::FaultId>& fault) { return fault ? fmt::format("{}", *fault) : "none"; }

std::string call_term(const spec::Design& design, const spec::Call& call) {
  std::string on_failure;
  switch (call.on_failure.what) {
    case spec::OnFailure::Do::crash:
      on_failure = "crash";
      break;
    case spec::OnFailure::Do::ignore:
      on_failure = "ignore";
      break;
    case spec::OnFailure::Do::retry:
      on_failure = fmt::format("{{retry, {}}}", call.on_failure.retries);
      break;
  }
  return fmt::format("#{{to => {}, message => {}, times => {}, timeout => {}, on_failure => {}}}",
                     target_term(design, call.to), binary_term(call.message), call.times, time_term(call.timeout.value),
                     on_failure);
}

std::string cast_term(const spec::Design& design, const spec::Cast& cast) {
  return fmt::format("#{{to => {}, message => {}, times => {}}}", target_term(design, cast.to),
                     binary_term(cast.message), cast.times);
}

std::string task_term(const spec::Task& task) {
  return fmt::format("#{{count => {}, linked => {}, takes => {}, crashes => {}, await => {}, on_timeout => {}}}",
                     task.count, task.linked, distribution_term(task.takes), number_term(task.crash_probability),
                     task.await ? time_term(*task.await) : std::string("none"),
                     task.on_timeout == spec::Task::OnTimeout::exit ? "exit" : "kill_task");
}

std::string handler_term(const spec::Design& design, const spec::Handler& handler) {
  const auto of_design = [&](auto function) {
    return [&design, function](const auto& x) { return function(design, x); };
  };
  return fmt::format(
      "#{{takes => {}, crashes => {}, exits => {}, calls => {}, casts => {}, tasks => {}, during => {}}}",
      distribution_term(handler.takes), number_term(handler.crash_probability),
      handler.exits ? reason_term(*handler.exits) : std::string("none"), list_term(handler.calls, of_design(call_term)),
      list_term(handler.casts, of_design(cast_term)), list_term(handler.tasks, task_term),
      list_term(handler.during, [&](const spec::HandlerDuring& during) {
        return fmt::format("{{{}, {}}}", during.fault, handler_term(design, during.handler.front()));
      }));
}

const char* word(spec::InitOutcome outcome) {
  switch (outcome) {
    case spec::InitOutcome::ok:
      return "ok";
    case spec::InitOutcome::fail:
      return "fail";
    case spec::InitOutcome::ignore:
      return "ignore";
  }
  return "";
}

std::string init_term(const spec::Design& design, const spec::Init& init) {
  return fmt::format(
      "#{{takes => {}, fails => {}, fails_during => {}, calls => {}, outcomes => {}, timeout => {}, "
      "retry_after => {}, during => {}}}",
      distribution_term(init.takes), number_term(init.failure_probability), fault_term(init.fails_during),
      list_term(init.calls, [&](const spec::Call& call) { return call_term(design, call); }),
      list_term(init.outcomes, [](spec::InitOutcome outcome) { return std::string(word(outcome)); }),
      time_term(init.timeout.value_or(spec::infinite)),
      init.retry_after ? distribution_term(*init.retry_after) : std::string("none"),
      list_term(init.during, [&](const spec::Init::During& during) {
        return fmt::format("{{{}, {}}}", during.fault, init_term(design, during.init.front()));
      }));
}

std::string handles_term(const spec::Design& design, const spec::Worker& worker) {
  if (!worker.handles) return "none";
  std::string text = "#{";
  for (const spec::NamedHandler& named : *worker.handles) {
    if (text.size() > 2) text += ", ";
    text += binary_term(named.message) + " => " + handler_term(design, named.handler);
  }
  return text + "}";
}

std::string tick_term(const spec::Design& design, const spec::Tick& tick) {
  return fmt::format("#{{every => {}, first => {}, handler => {}}}", distribution_term(tick.every),
                     distribution_term(tick.first.value_or(tick.every)), handler_term(design, tick.handler));
}

std::string clock_term(const spec::CrashClock& clock) {
  std::string when;
  if (const auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when)) {
    when = rate->per_second > 0 ? distribution_term(spec::Exponential{1 / rate->per_second}) : std::string("{at, []}");
  } else if (const auto* after = std::get_if<spec::CrashClock::After>(&clock.when)) {
    when = distribution_term(after->since_start);
  } else {
    when = fmt::format("{{at, {}}}", times_term(std::get<spec::CrashClock::At>(clock.when).node_times));
  }
  return fmt::format("#{{'when' => {}, during => {}, reason => {}}}", when, fault_term(clock.during),
                     reason_term(clock.reason));
}

std::string stale_term(const spec::Design& design, const spec::Worker& worker) {
  std::vector<spec::Dependency> dependencies;
  std::copy_if(worker.depends_on.begin(), worker.depends_on.end(), std::back_inserter(dependencies),
               [](const spec::Dependency& dependency) {
                 return dependency.uses == spec::Dependency::Uses::pid ||
                        dependency.uses == spec::Dependency::Uses::table;
               });
  return list_term(dependencies, [&](const spec::Dependency& dependency) {
    return fmt::format("{{{}, {}}}", target_term(design, dependency.on),
                       dependency.uses == spec::Dependency::Uses::pid ? "pid" : "table");
  });
}

}  // namespace

std::string worker_term(const spec::Design& design, const spec::Worker& worker) {
  return fmt::format(
      "role => worker, init => {}, continue => {}, handles => {}, ticks => {}, crashes => {}, links => {}, "
      "traps => {}, terminate => {}, stale => {}, shed_above => {}, registers => {}",
      worker.init ? init_term(design, *worker.init) : std::string("none"),
      worker.handle_continue ? init_term(design, *worker.handle_continue) : std::string("none"),
      handles_term(design, worker),
      list_term(worker.ticks, [&](const spec::Tick& tick) { return tick_term(design, tick); }),
      list_term(worker.crashes, clock_term),
      list_term(worker.links, [&](const spec::Target& link) { return target_term(design, link); }),
      worker.traps_exits.value, worker.terminate ? distribution_term(*worker.terminate) : std::string("none"),
      stale_term(design, worker),
      worker.mailbox.shed_above ? fmt::format("{}", *worker.mailbox.shed_above) : std::string("infinity"),
      list_term(homes(design, worker),
                [](const Home& home) { return fmt::format("{{{}, {}}}", home.partitions, home.number); }));
}

std::string target_term(const spec::Design& design, const spec::Target& target) {
  std::vector<std::string> levels;
  for (spec::NodeId id = target.node; id != spec::no_node; id = design.nodes[id].parent) {
    const auto pin =
        std::find_if(target.pins.begin(), target.pins.end(), [&](const spec::Pin& p) { return p.node == id; });
    levels.push_back(pin == target.pins.end() ? fmt::format("{{{}, any}}", id)
                                              : fmt::format("{{{}, {}}}", id, pin->copy));
  }
  std::reverse(levels.begin(), levels.end());
  return list_term(levels, [](const std::string& level) { return level; });
}

std::string distribution_term(const spec::Distribution& distribution) {
  return std::visit(
      Overload{
          [](const spec::Constant& law) { return fmt::format("{{constant, {}}}", std::llround(law.seconds * 1e9)); },
          [](const spec::Exponential& law) { return fmt::format("{{exponential, {}}}", number_term(law.mean)); },
          [](const spec::Uniform& law) {
            return fmt::format("{{uniform, {}, {}}}", number_term(law.low), number_term(law.high));
          },
          [](const spec::Normal& law) {
            return fmt::format("{{normal, {}, {}}}", number_term(law.mean), number_term(law.deviation));
          },
          [](const spec::LogNormal& law) {
            return fmt::format("{{lognormal, {}, {}}}", number_term(law.median), number_term(law.p99));
          },
          [](const spec::Erlang& law) { return fmt::format("{{erlang, {}, {}}}", law.stages, number_term(law.mean)); },
          [](const spec::Weibull& law) {
            return fmt::format("{{weibull, {}, {}}}", number_term(law.shape), number_term(law.scale));
          },
          [](const spec::Empirical& law) {
            return fmt::format("{{empirical, {}}}", list_term(law.values, number_term));
          }},
      distribution);
}

std::string reason_term(const spec::ExitReason& reason) {
  switch (reason.kind) {
    case spec::ExitReason::Kind::normal:
      return "normal";
    case spec::ExitReason::Kind::shutdown:
      return "shutdown";
    case spec::ExitReason::Kind::shutdown_with:
      return fmt::format("{{shutdown, {}}}", binary_term(reason.term));
    case spec::ExitReason::Kind::killed:
      return "killed";
    case spec::ExitReason::Kind::error:
      return reason.term.empty() ? "error" : binary_term(reason.term);
  }
  return "";
}

std::string time_term(spec::Duration duration) {
  return duration == spec::infinite ? "infinity" : fmt::format("{}", duration.count());
}

std::string times_term(std::vector<spec::Duration> times) {
  std::sort(times.begin(), times.end());
  return list_term(times, [](spec::Duration time) { return fmt::format("{}", time.count()); });
}

std::string number_term(double value) { return fmt::format("{:.17e}", value); }

const char* sends_term(spec::Sends sends) {
  switch (sends) {
    case spec::Sends::call:
      return "call";
    case spec::Sends::cast:
      return "cast";
    case spec::Sends::info:
      return "info";
  }
  return "";
}

std::string string_term(const std::string& text) {
  std::string term = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') term += '\\';
    term += character;
  }
  return term + "\"";
}

std::string binary_term(const std::string& text) {
  // As bytes, so that the file's encoding does not matter.
  std::string term = "<<";
  for (const char character : text) {
    if (term.size() > 2) term += ',';
    term += fmt::format("{}", static_cast<unsigned>(static_cast<unsigned char>(character)));
  }
  return term + ">>";
}

}  // namespace treefall::beam
