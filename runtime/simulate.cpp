// One execution, written down.
#include "runtime/simulate.hpp"

#include "runtime/execution.hpp"
#include "runtime/measure.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

bool write(const Model& model, const Chooser* chooser, std::uint64_t seed, std::uint64_t replica, spec::Duration until,
           const std::function<bool(std::string_view)>& line) {
  Trace writer(model, line);
  Execution x(model, &writer);
  x.chooser = chooser;
  reset(x, seed, replica, until.count());
  writer.header(seed, replica, x.phase);
  if (writer.refused()) return false;
  play(
      x, [](const void* asked) { return static_cast<const Trace*>(asked)->refused(); }, &writer);
  if (x.trouble != nullptr) writer.stopped_early(x, x.trouble);
  return !writer.refused();
}

}  // namespace

bool trace(const spec::Design& design, std::uint64_t seed, std::uint64_t replica, spec::Duration until,
           const std::function<bool(std::string_view)>& line) {
  return write(compile(design), nullptr, seed, replica, until, line);
}

std::vector<std::string> places(const spec::Design& design) {
  const Model model = compile(design);
  std::vector<std::string> paths;
  for (Slot slot = 0; slot < model.places.size(); ++slot) paths.push_back(path(model, slot));
  return paths;
}

bool trace_with(const Chooser& chooser, const spec::Design& design, std::uint64_t seed, spec::Duration until,
                const std::function<bool(std::string_view)>& line) {
  Model model = compile(design);
  model.tie_order = spec::TieOrder::random;
  return write(model, &chooser, seed, 0, until, line);
}

bool has_chance(const spec::Design& design) { return compile(design).random; }

bool has_only_phase(const spec::Design& design) { return compile(design).only_phase; }

double risk_settles(const spec::Design& design, const spec::Subject& subject, spec::Duration until) {
  return risk_settles(compile(design), subject, until.count());
}

bool lives_once(const spec::Design& design, const spec::Subject& subject) {
  return lives_once(compile(design), subject);
}

}  // namespace treefall::runtime
