// A spec in a test, with all that follows from it.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>

#include "analyzer/facts.hpp"
#include "spec/read.hpp"

namespace treefall::tests {

struct Known {
  std::unique_ptr<spec::Design> design;  // facts point into it
  analyzer::Facts facts;

  spec::NodeId node(std::string_view name) const {
    for (spec::NodeId id = 0; id < design->nodes.size(); ++id)
      if (design->nodes[id].name == name) return id;
    FAIL("no process " << name);
    return spec::no_node;
  }
  /// What is said of it; NaN in `value` where it cannot be said, and where nothing is.
  analyzer::Prediction said(std::string_view name, spec::Quantity quantity) const {
    const auto* found = analyzer::find(facts, node(name), quantity);
    if (found != nullptr) return *found;
    analyzer::Prediction nothing;
    nothing.value = std::nan("");
    return nothing;
  }
  analyzer::Prediction of_traffic(spec::Quantity quantity) const {
    const auto* found = analyzer::find_traffic(facts, 0, quantity);
    REQUIRE(found != nullptr);
    return *found;
  }
};

/// `tree` and all that stands beside it; the version line is added.
inline Known known(const std::string& text) {
  auto reading = spec::read(spec::Source("test.yaml", "treefall: 1\nname: test\n" + text));
  for (const auto& diagnostic : reading.diagnostics)
    UNSCOPED_INFO(diagnostic.span.start.line << ": " << diagnostic.message);
  REQUIRE(reading.design.has_value());
  Known result;
  result.design = std::make_unique<spec::Design>(std::move(*reading.design));
  result.facts = analyzer::derive(*result.design);
  return result;
}

}  // namespace treefall::tests
