// A restart stops the members of its scope in reverse order and starts them in order. Temporary members are not started
// again, so after the first restart they take no part. While a member starts, those outside the scope and those that
// are up again can crash; their deaths are handled when the restart is done. A crash of a member that is about to be
// stopped is absorbed.
#include "analyzer/restart_time.hpp"

#include <algorithm>
#include <numeric>

#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr std::size_t most_parts = 12;   // more are taken as one of the mean length
constexpr std::size_t most_courses = 8;  // more, too

struct Builder {
  const Design& design;
  const Tree& tree;
  const std::vector<NodeId>& children;
  std::vector<double> rate;  // by rank
  double total = 0;
  FoundRestartTime found;
  RestartTime time;
};

double count(const Builder& b, NodeId id) { return static_cast<double>(b.design.nodes[id].count.value); }

bool is_constant(const RestartPart& part) { return spec::is_constant(part.takes); }

void add_part(RestartCourse& course, const spec::Distribution& takes, double exposed) {
  if (spec::highest(takes) <= 0) return;
  const bool together = !course.parts.empty() && is_constant(course.parts.back()) && spec::is_constant(takes) &&
                        course.parts.back().exposed == exposed;
  if (together)
    course.parts.back().takes = spec::Constant{spec::mean(course.parts.back().takes) + spec::mean(takes)};
  else
    course.parts.push_back({takes, exposed});
}

bool said(Builder& b, const Estimate& estimate, NodeId id) {
  if (estimate.said()) return true;
  if (b.found.unsaid.empty()) b.found.unsaid = "`" + b.design.nodes[id].name + "`: " + estimate.because;
  return false;
}

void stop(Builder& b, RestartCourse& course, NodeId member, double copies, double exposed) {
  const Estimate& takes = b.tree.stop[member];
  if (copies <= 0 || !said(b, takes, member) || takes.high <= 0) return;
  const bool temporary = b.design.nodes[member].restart.value == spec::Restart::temporary;
  if (takes.method != Method::deterministic || temporary) b.time.exact = false;  // it is stopped once only
  if (!temporary) add_part(course, spec::Constant{copies * takes.value}, exposed);
}

void start(Builder& b, RestartCourse& course, NodeId member, double copies, double exposed) {
  const Estimate& takes = b.tree.boot[member];
  if (!said(b, takes, member) || takes.high <= 0) return;
  const auto* worker = spec::as_worker(b.design.nodes[member]);
  const bool plain = worker != nullptr && worker->init && worker->init->calls.empty();
  if (plain && !spec::is_constant(worker->init->takes) && copies <= static_cast<double>(most_parts)) {
    for (double copy = 0; copy < copies; ++copy) add_part(course, worker->init->takes, exposed);
    return;
  }
  if (takes.method != Method::deterministic) b.time.exact = false;
  add_part(course, spec::Constant{copies * takes.value}, exposed);
}

RestartCourse course_of(Builder& b, NodeId crashed) {
  const RestartScope scope = restart_scope(b.design, b.tree, crashed);
  const bool alone =
      spec::as_supervisor(b.design.nodes[scope.supervisor])->strategy.value == spec::Strategy::one_for_one;
  RestartCourse course;
  double up = b.total;  // rate of those that can crash now
  for (auto rank = scope.first; rank < scope.last; ++rank)
    up -= alone ? b.rate[rank] / count(b, b.children[rank]) : b.rate[rank];
  const auto exposed = [&] { return std::clamp(up / b.total, 0.0, 1.0); };
  for (auto rank = scope.last; !alone && rank-- > scope.first;) {
    const NodeId member = b.children[rank];
    stop(b, course, member, member == crashed ? count(b, member) - 1 : count(b, member), exposed());
  }
  for (auto rank = scope.first; rank < scope.last; ++rank) {
    const NodeId member = b.children[rank];
    const bool temporary = b.design.nodes[member].restart.value == spec::Restart::temporary;
    if (!temporary || member == crashed) start(b, course, member, alone ? 1 : count(b, member), exposed());
    up += b.rate[rank];
  }
  return course;
}

double mean(const RestartCourse& course) {
  return std::accumulate(course.parts.begin(), course.parts.end(), 0.0,
                         [](double sum, const RestartPart& part) { return sum + spec::mean(part.takes); });
}

void shorten(RestartCourse& course, bool& exact) {
  if (course.parts.size() <= most_parts) return;
  const double takes = mean(course);
  double exposed = 0;
  for (const auto& part : course.parts) exposed += part.exposed * spec::mean(part.takes) / takes;
  course.parts = {{spec::Constant{takes}, exposed}};
  exact = false;
}

bool alike(const RestartCourse& a, const RestartCourse& b) {
  return std::equal(
      a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), [](const RestartPart& x, const RestartPart& y) {
        const bool equal = is_constant(x) && is_constant(y) ? spec::mean(x.takes) == spec::mean(y.takes)
                                                            : spec::to_text(x.takes) == spec::to_text(y.takes);
        return equal && x.exposed == y.exposed;
      });
}

void add_course(RestartTime& time, RestartCourse course) {
  const auto known = std::find_if(time.courses.begin(), time.courses.end(),
                                  [&](const RestartCourse& other) { return alike(course, other); });
  if (known != time.courses.end())
    known->share += course.share;
  else
    time.courses.push_back(std::move(course));
}

// One course of the mean length stands for many.
void merge_many(RestartTime& time) {
  if (time.courses.size() <= most_courses) return;
  RestartCourse all;
  double takes = 0;
  double exposed = 0;
  for (const auto& course : time.courses)
    for (const auto& part : course.parts) {
      takes += course.share * spec::mean(part.takes);
      exposed += course.share * spec::mean(part.takes) * part.exposed;
    }
  all.parts = {{spec::Constant{takes}, exposed / takes}};
  time.courses = {all};
  time.exact = false;
}

}  // namespace

RestartTime pausing(const spec::Distribution& takes) { return {{{1, {{takes, 0}}}}, spec::mean(takes), true}; }

double mean(const RestartTime& time) {
  double sum = 0;
  for (const auto& course : time.courses) sum += course.share * mean(course);
  return sum;
}

FoundRestartTime restart_time(const Design& design, const Tree& tree, NodeId supervisor,
                              const std::vector<Crashing>& crashing) {
  const auto& children = design.nodes[supervisor].children;
  Builder b{design, tree, children, std::vector<double>(children.size()), 0, {}, {}};
  for (const auto& one : crashing) {
    b.rate[tree.rank[one.child]] += one.per_second;
    b.total += one.per_second;
  }
  if (!(b.total > 0)) return {};
  for (const auto& one : crashing) {
    if (!(one.per_second > 0)) continue;
    RestartCourse course = course_of(b, one.child);
    course.share = one.per_second / b.total;
    shorten(course, b.time.exact);
    b.time.longest = std::max(b.time.longest, mean(course));
    add_course(b.time, std::move(course));
  }
  if (!b.found.unsaid.empty() || b.time.longest <= 0) return b.found;
  merge_many(b.time);
  const bool group = spec::as_supervisor(design.nodes[supervisor])->strategy.value == spec::Strategy::one_for_all;
  const bool one = crashing.size() == 1 && design.nodes[crashing.front().child].count.value == 1;
  if (!(group || one) || b.time.courses.size() > 1) b.time.exact = false;
  b.found.time = std::move(b.time);
  return b.found;
}

}  // namespace treefall::analyzer
