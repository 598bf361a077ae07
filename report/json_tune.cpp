// Advice on restart intensities as JSON: every figure with its method and error bar, the curve as data points.
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figures.hpp"
#include "report/json.hpp"
#include "report/json_objects.hpp"

namespace treefall::report::json {

namespace {

using advice::Alternative;
using advice::Point;

Json estimate(const analyzer::Estimate& one, const char* unit) {
  Json object;
  put_number(object, "value", one.value);
  put_number(object, "low", one.low);
  put_number(object, "high", one.high);
  object["unit"] = unit;
  object["method"] = analyzer::name(one.method);
  object["because"] = one.because;
  return object;
}

Json window(const analyzer::Window& one) { return {{"max_restarts", one.restarts}, {"max_seconds", one.seconds}}; }

Json point(const spec::Design& design, const Point& one) {
  Json object = window(one.window);
  object["failure_probability"] = estimate(one.failure, "probability");
  object["keeps"] = one.keeps;
  Json loop{{"child", one.loop.child == spec::no_node
                          ? Json(nullptr)
                          : Json(spec::path(design, spec::Target{one.loop.child, {}, {}}))}};
  if (one.loop.child != spec::no_node) loop["tight_loop_ends_after"] = estimate(one.loop.after, "seconds");
  loop["any_ends_within"] = one.loop.at_most;
  put_number(loop, "unnoticed_from", one.loop.unnoticed_from);
  object["loop"] = std::move(loop);
  return object;
}

Json point_or_null(const spec::Design& design, const std::optional<Point>& one) {
  return one ? point(design, *one) : Json(nullptr);
}

Json points(const spec::Design& design, const std::vector<Point>& list) {
  Json all = Json::array();
  for (const Point& one : list) all.push_back(point(design, one));
  return all;
}

Json execution(const spec::Design& design, const std::optional<advice::Execution>& one) {
  if (!one) return nullptr;
  Json object{{"verdict", name(one->verdict)}, {"crashes_times", one->faster}, {"replicas", one->replicas}};
  object["with"] = one->instead ? window(*one->instead) : Json(nullptr);
  object["predicted"] = one->predicted ? prediction_object(design, *one->predicted) : Json(nullptr);
  if (one->observed) {
    Json observed;
    put_number(observed, "value", one->observed->value);
    put_number(observed, "low", one->observed->low);
    put_number(observed, "high", one->observed->high);
    observed["confidence"] = one->observed->confidence;
    observed["samples"] = one->observed->samples;
    object["observed"] = std::move(observed);
  } else {
    object["observed"] = nullptr;
  }
  object["band"] = {finite_or_null(one->band.low), finite_or_null(one->band.high)};
  object["because"] = text_or_null(one->because);
  return object;
}

Json alternative(const spec::Design& design, const Alternative& one) {
  Json object{{"what", name(one.what)},
              {"child",
               one.child == spec::no_node ? Json(nullptr) : Json(spec::path(design, spec::Target{one.child, {}, {}}))}};
  object["name"] = text_or_null(one.name);
  object["strategy"] = one.strategy ? Json(advice::name(*one.strategy)) : Json(nullptr);
  object["budget"] = one.window ? window(*one.window) : Json(nullptr);
  object["budget_of_others"] = one.others ? window(*one.others) : Json(nullptr);
  object["failure_probability"] = one.failure ? estimate(*one.failure, "probability") : Json(nullptr);
  object["crash_rate_at_most"] = one.at_most ? Json(*one.at_most) : Json(nullptr);
  object["because"] = text_or_null(one.why);
  object["execution"] = execution(design, one.execution);
  return object;
}

Json supervisor(const spec::Design& design, const advice::Tuned& tuned) {
  Json object{{"process", spec::path(design, spec::Target{tuned.supervisor, {}, {}})},
              {"at_most", tuned.demand.probability},
              {"within", spec::in_seconds(tuned.demand.within)},
              {"promised", tuned.demand.promise.has_value()},
              {"outcome", name(tuned.outcome)},
              {"because", text_or_null(tuned.because)}};
  object["now"] = point(design, tuned.now);
  object["recommended"] = tuned.outcome == advice::Outcome::change ? point_or_null(design, tuned.best) : Json(nullptr);
  object["smallest"] = point_or_null(design, tuned.smallest ? tuned.smallest : tuned.best);
  object["execution"] = execution(design, tuned.execution);
  object["curve"] = points(design, tuned.curve);
  object["periods"] = points(design, tuned.periods);
  object["alternatives"] = Json::array();
  for (const Alternative& one : tuned.alternatives) object["alternatives"].push_back(alternative(design, one));
  return object;
}

}  // namespace

std::string tune(const Advised& advised, const Look&) {
  Json json{{"schema_version", 1}, {"file", advised.source.file()}, {"seed", advised.seed}};
  json["supervisors"] = Json::array();
  for (const auto& tuned : advised.tuning.supervisors) json["supervisors"].push_back(supervisor(advised.design, tuned));
  json["idle"] = Json::array();
  for (const spec::NodeId id : advised.tuning.idle)
    json["idle"].push_back(spec::path(advised.design, spec::Target{id, {}, {}}));
  json["diff"] = text_or_null(advice::unified_diff(advised.source, advised.tuning.edits));
  json["diff_because"] = text_or_null(advised.tuning.not_written);
  return document(json);
}

}  // namespace treefall::report::json
