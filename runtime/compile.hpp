// Parts of the compilation of a design; only model*.cpp include it.
#pragma once

#include <map>
#include <string>

#include "runtime/model.hpp"

namespace treefall::runtime {

/// The model in the making, with what is only needed meanwhile.
struct Compilation {
  const spec::Design& design;
  Model model;
  std::map<std::string, std::uint16_t> messages;
  std::map<std::string, std::uint32_t> terms;
};

std::uint16_t message_id(Compilation& c, const std::string& name);
Reason reason_of(Compilation& c, const spec::ExitReason& reason);
Sampler sampler_of(Compilation& c, const spec::Distribution& distribution);
std::uint32_t destination_of(Compilation& c, const spec::Target& target);
Range times_of(Compilation& c, const std::vector<spec::Duration>& times);
inline Time time_of(spec::Duration duration) { return duration.count() < never ? duration.count() : never; }
/// Notes that the outcome depends on chance where this probability is neither 0 nor 1.
double chance_of(Compilation& c, double probability);

/// Lays out the slots of all trees; nodes must have their `children` and `copies`.
void lay_out(Compilation& c);
void compile_worker(Compilation& c, spec::NodeId id);
void compile_surroundings(Compilation& c);

}  // namespace treefall::runtime
