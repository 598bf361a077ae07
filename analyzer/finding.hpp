// One thing a rule has to say about a design.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/influence.hpp"
#include "analyzer/prediction.hpp"
#include "spec/diagnostic.hpp"

namespace treefall::analyzer {

enum class Confidence { proved, model_based, heuristic };
/// `strict` also says what is often meant to be so.
enum class Profile { standard, strict };

struct Finding {
  spec::Diagnostic diagnostic;
  Confidence confidence = Confidence::model_based;
  std::optional<spec::Subject> subject;  // the process it is about
  std::optional<Prediction> prediction;  // the claim that execution can test
  /// The same for the same claim about the same process wherever the lines move; unique within one file. Set by lint().
  std::string fingerprint;
  Profile profile = Profile::standard;  // the least strict that reports it
  /// On the prediction, the greatest first. Nothing: not asked for, or dearer than was allowed; see find_influences().
  std::optional<std::vector<Influence>> influences = {};
  bool of_one_outage = false;  // the claim holds for one outage alone, not for an ordinary execution
};

}  // namespace treefall::analyzer
