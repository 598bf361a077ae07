// The conformance fixtures: `SUITE/CASE.yaml` is a design, its head comment the statement of a case in plain words,
// `CASE.jsonl` beside it the trace that OTP's documented and measured behaviour asks for. A line `# holds: CLAIM;
// CLAIM` of the head says what any trace of the case must show, whoever made it; golden files can be rewritten, claims
// cannot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spec/design.hpp"

namespace treefall::conformance {

struct Fixture {
  std::string name;  // `figures/a3_intensity_0`
  std::filesystem::path golden;
  std::string yaml;
  std::vector<std::string> claims;
};

/// All, in order of their names.
std::vector<Fixture> fixtures();

spec::Design design_of(const Fixture& fixture);

/// The trace of the model up to the design's horizon, header first.
std::vector<std::string> modelled(const spec::Design& design);

/// Does a trace show what the claim says? Claims are:
///   N EVENT NAME [REASON]                so many such events
///   up NAME, down NAME                   how the process stands at the end
///   EVENT NAME [REASON] < EVENT NAME …   such events follow each other in this order, others between them
/// NAME is a process by its path or the last name of it.
bool holds(const std::string& claim, const std::vector<std::string>& trace);

}  // namespace treefall::conformance
