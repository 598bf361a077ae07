// A tick is set when the one before has been handled, or at a start. A regular source that alone loads a worker sends
// on whatever happens there, and of two messages the first may be handled the later, by the length of a handling.
#include "analyzer/spacing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace treefall::analyzer {

double distance(const spec::Design& design, const Load& load, const MessageLoad& message) {
  if (message.tick != nullptr) {
    const double every = spec::lowest(message.tick->every);
    return message.tick->first ? std::min(every, spec::lowest(*message.tick->first)) : every;
  }
  const auto& from = load.arrivals;
  const bool alone = load.messages.size() == 1 && from.sources.size() == 1 && from.poisson <= 0 && from.callers == 0 &&
                     !from.casts && !from.tasks && !from.exits && message.service.law;
  if (!alone) return 0;
  const auto* renewal = std::get_if<spec::Traffic::Renewal>(&design.traffic[from.sources.front()].arrivals);
  if (renewal == nullptr) return 0;
  return std::max(0.0, spec::lowest(renewal->every) - spec::highest(*message.service.law));
}

double most_in_window(const Window& window, const CrashSource& source, double copies) {
  const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
  if (poisson == nullptr || !(poisson->distance > 0) || source.during) return std::numeric_limits<double>::infinity();
  return copies * (std::floor(static_cast<double>(window.seconds + 1) / poisson->distance) + 1);
}

}  // namespace treefall::analyzer
