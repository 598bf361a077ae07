// Results as JSON, version 1 (docs/formats.md): base units, code points and bytes for places, `null` for a number that
// is infinite or unknown with the reason beside it (`value: null, value_is: "infinite"`). Each is one document that
// ends in a line feed; bytes of the input that are no UTF-8 appear as U+FFFD, nothing throws.
#pragma once

#include <string>

#include "report/results.hpp"

namespace treefall::report::json {

std::string lint(const Linted& linted, const Look& look);
std::string predict(const Predicted& predicted, const Look& look);
std::string simulate(const Simulated& simulated, const Look& look);
std::string confirm(const Confirmed& confirmed, const Look& look);
std::string rules(const Rules& rules, const Look& look);
std::string diff(const Compared& compared, const Look& look);
std::string tune(const Advised& advised, const Look& look);
/// `{schema_version, findings}`: what a command other than lint says of a text that is no design.
std::string broken(const Broken& broken, const Look& look);

}  // namespace treefall::report::json
