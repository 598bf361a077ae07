#include "analyzer/may_fail.hpp"

#include <algorithm>

namespace treefall::analyzer {

bool may_fail(const spec::Handler& handler) {
  return handler.crash_probability > 0 || handler.exits || !handler.tasks.empty() ||
         std::any_of(handler.calls.begin(), handler.calls.end(),
                     [](const auto& call) { return call.on_failure.what != spec::OnFailure::Do::ignore; }) ||
         std::any_of(handler.during.begin(), handler.during.end(),
                     [](const auto& during) { return may_fail(during.handler.front()); });
}

bool may_fail(const spec::Worker& worker) {
  const bool by_message = worker.handles && std::any_of(worker.handles->begin(), worker.handles->end(),
                                                        [](const auto& named) { return may_fail(named.handler); });
  return by_message || !worker.crashes.empty() || worker.handle_continue ||
         std::any_of(worker.ticks.begin(), worker.ticks.end(), [](const auto& tick) { return may_fail(tick.handler); });
}

}  // namespace treefall::analyzer
