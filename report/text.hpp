// Results for people: findings as frames, numbers as tables with units, and how a supervisor falls as a story.
#pragma once

#include <string>

#include "report/results.hpp"

namespace treefall::report::text {

std::string lint(const Linted& linted, const Look& look);
std::string predict(const Predicted& predicted, const Look& look);
std::string simulate(const Simulated& simulated, const Look& look);
std::string confirm(const Confirmed& confirmed, const Look& look);
std::string rules(const Rules& rules, const Look& look);
std::string diff(const Compared& compared, const Look& look);
std::string tune(const Advised& advised, const Look& look);
/// The frames of what is wrong, for stderr.
std::string broken(const Broken& broken, const Look& look);

}  // namespace treefall::report::text
