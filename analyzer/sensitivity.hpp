// Which numbers of a design a result depends on most, and how far they could go.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/facts.hpp"
#include "analyzer/finding.hpp"
#include "analyzer/rule.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// The elasticity of what `result` reads of the facts with respect to one of inputs_of(design). Nothing where the
/// result is no positive number or goes in steps there.
std::optional<Elasticity> elasticity(const spec::Design& design, std::size_t input,
                                     const std::function<double(const Facts&)>& result);

/// What finding influences may cost: derivations times nodes of the design. Enough for a hundred derivations of ten
/// thousand nodes; a usual design takes a hundred of ten.
inline constexpr std::size_t usual_effort = 1'000'000;
inline constexpr std::size_t most_influences = 3;

/// Gives findings that carry a prediction their greatest influences, in turn, as far as the effort goes; `rules` are
/// those that have found them, `facts` those of the design.
void find_influences(const spec::Design& design, const Facts& facts, std::span<const Rule* const> rules,
                     std::size_t effort, std::vector<Finding>& findings);

}  // namespace treefall::analyzer
