// One execution, written down.
#include "runtime/simulate.hpp"

#include "runtime/execution.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {

bool trace(const spec::Design& design, std::uint64_t seed, std::uint64_t replica, spec::Duration until,
           const std::function<bool(std::string_view)>& line) {
  const Model model = compile(design);
  Trace writer(model, line);
  Execution x(model, &writer);
  reset(x, seed, replica, until.count());
  writer.header(seed, replica, x.phase);
  if (writer.refused()) return false;
  play(
      x, [](const void* asked) { return static_cast<const Trace*>(asked)->refused(); }, &writer);
  if (x.trouble != nullptr) writer.stopped_early(x, x.trouble);
  return !writer.refused();
}

}  // namespace treefall::runtime
