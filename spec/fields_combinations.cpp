// The settings that do not go together, as far as one mapping shows them, with what it holds and the head of the file.
// What OTP refuses is what supervisor:check_childspecs/2, supervisor:init/1, DynamicSupervisor and PartitionSupervisor
// refuse in OTP 25 to 29: `bad_combination` of significant and restart or auto_shutdown, auto_shutdown on a dynamic or
// partition supervisor, more than one simple_one_for_one template. The rest has no meaning.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "spec/fields.hpp"
#include "spec/otp.hpp"

namespace treefall::spec {

namespace {

using Words = std::vector<std::string_view>;
using Combinations = std::vector<Combination>;

Test written(std::string_view key) { return {key, Test::Is::written}; }
Test missing(std::string_view key) { return {key, Test::Is::missing}; }
Test says(std::string_view key, Words words) { return {key, Test::Is::says, std::move(words)}; }
Test says_or_missing(std::string_view key, Words words) { return {key, Test::Is::says, std::move(words), true}; }
Test positive(std::string_view key) { return {key, Test::Is::positive}; }
Test positive_or_missing(std::string_view key) { return {key, Test::Is::positive, {}, true}; }
Test at_most(std::size_t most, std::string_view key) { return {key, Test::Is::at_most, {}, true, most}; }

std::string quoted(const Words& words) { return fmt::format("`{}`", fmt::join(words, "` or `")); }

/// A key that has no meaning without another one.
Combination only_beside(std::string_view key, const Words& others) {
  Combination one{{written(key)},
                  {},
                  key,
                  fmt::format("`{}` has no meaning without {}", key, quoted(others)),
                  fmt::format("remove `{}`", key)};
  for (const std::string_view other : others) one.needs.push_back(written(other));
  return one;
}

/// A key that says too little without another one.
Combination incomplete_without(std::string_view key, const Words& others) {
  Combination one = only_beside(key, others);
  one.message = fmt::format("`{}` needs {} beside it", key, quoted(others));
  one.help = fmt::format("add {}", quoted(others));
  one.lacks = true;
  return one;
}

/// A root is one supervisor, and nobody holds it.
Combinations of_roots() {
  const std::string help = "an application starts one root, once; what its end does is said by `application`";
  Combinations all{
      {{},
       {missing("worker")},
       "worker",
       "the root of a tree must be a supervisor",
       "write `supervisor: NAME` with the worker among its `children`, or list the worker under `unsupervised`"},
      {{}, {says_or_missing("count", {"1"})}, "count", "the root of a tree is one process", help},
  };
  for (const std::string_view key : {"significant", "on_demand"}) {
    all.push_back({{},
                   {says_or_missing(key, {"false"})},
                   key,
                   fmt::format("`{}` has no meaning for the root of a tree", key),
                   help});
  }
  for (Combination& one : all) one.inside = "tree";
  return all;
}

Combination only_of_kind(std::string_view key, const Words& kinds) {
  return {{written(key)},
          {says("kind", kinds)},
          key,
          fmt::format("`{}` has no meaning for `kind: {{said}}`", key),
          fmt::format("only `kind: {}` takes it", fmt::join(kinds, "` or `"))};
}

/// Who may shut itself down: no supervisor of other kinds, but for the simple_one_for_one of releases that let it pass.
Combinations of_auto_shutdown() {
  static const std::vector<std::string> releases = [] {
    std::vector<std::string> all;
    for (std::uint32_t otp = otp_with_sound_simple_one_for_one; otp <= newest_otp; ++otp)
      all.push_back(fmt::to_string(otp));
    return all;
  }();
  const Combination others{{says("kind", {"partition", "task"})},
                           {says_or_missing("auto_shutdown", {"never"})},
                           "auto_shutdown",
                           "a supervisor of `kind: {said}` has no auto_shutdown",
                           "OTP refuses it; leave it out, or write `never`"};
  Combination dynamic = others;
  dynamic.where = {says("kind", {"dynamic"})};
  dynamic.of_file = {says_or_missing("dialect", {"elixir"})};
  Combination simple = dynamic;
  simple.of_file = {says("dialect", {"erlang"}), says_or_missing("otp", Words(releases.begin(), releases.end()))};
  simple.help =
      fmt::format("OTP refuses it from {} on; leave it out, or write `never`", otp_with_sound_simple_one_for_one);
  return {others, dynamic, simple};
}

/// What a supervisor says about its children's settings.
Combinations of_children() {
  const Test insignificant = says_or_missing("significant", {"false"});
  Combinations all{
      {{says_or_missing("auto_shutdown", {"never"})},
       {insignificant},
       "significant",
       "a significant child needs a supervisor with auto_shutdown",
       "OTP refuses it; set `auto_shutdown` at the supervisor or leave `significant` out"},
      // Of a worker; below a task supervisor it is temporary by default.
      {{says_or_missing("kind", {"supervisor", "dynamic", "partition"})},
       {insignificant, written("restart"), says("kind", {"task"}), written("supervisor")},
       "significant",
       "a significant child can't be permanent, as it is by default",
       "OTP refuses it; write `restart: transient` or `restart: temporary`"},
      {{says_or_missing("kind", {"supervisor", "partition"})},
       {says_or_missing("on_demand", {"false"})},
       "on_demand",
       "`on_demand` is for a child of a dynamic supervisor",
       "the others are started by their supervisor"},
      {{says("kind", {"partition"})},
       {missing("count")},
       "count",
       "the copies of a partition supervisor's child are counted by `partitions`",
       "write `partitions: {value}` at the supervisor"},
  };
  for (Combination& one : all) one.inside = "children";
  return all;
}

Combination no_significant(Test restart, std::string message) {
  return {{std::move(restart)},
          {says_or_missing("significant", {"false"})},
          "significant",
          std::move(message),
          "OTP refuses it; write `restart: transient` or `restart: temporary`"};
}

const Combination permanent() {
  return no_significant(says("restart", {"permanent"}), "a significant child can't be permanent");
}

Combinations of_supervisors() {
  Combinations all{
      only_of_kind("partitions", {"partition"}),
      only_of_kind("max_children", {"dynamic"}),
      only_of_kind("reseeded", {"dynamic"}),
      {{says("kind", {"dynamic", "task"})},
       {says_or_missing("strategy", {"one_for_one"})},
       "strategy",
       "a supervisor of `kind: {said}` is always one_for_one",
       "leave `strategy` out"},
      {{says("kind", {"partition"})},
       {at_most(1, "children")},
       "children",
       "a partition supervisor has one child, not {count}",
       "its copies are counted by `partitions`"},
      {{says("kind", {"dynamic"})},
       {at_most(1, "children")},
       "children",
       "simple_one_for_one has one template, not {count}",
       "in the erlang dialect `kind: dynamic` means simple_one_for_one; use `count` for the population",
       {},
       {says("dialect", {"erlang"})}},
      {{says("opaque", {"true"})},
       {at_most(0, "children")},
       "opaque",
       "an opaque supervisor has no described children",
       "leave out `opaque` or `children`"},
      permanent(),
  };
  for (auto part : {of_auto_shutdown(), of_children()}) std::ranges::move(part, std::back_inserter(all));
  return all;
}

/// A tick that comes without a pause and takes no time comes for ever at one instant.
Combination of_ticks() {
  Combination one{{},
                  {positive_or_missing("every"), positive("takes")},
                  "every",
                  "`every` must be more than 0 where the tick takes no time",
                  "or endlessly many would come at one instant; for a loop that works all the time, say what it "
                  "`takes`"};
  for (const std::string_view key : {"calls", "tasks", "crashes", "exits", "during"}) one.needs.push_back(written(key));
  return one;
}

Combination with_pauses() {
  return {{},
          {positive_or_missing("every")},
          "every",
          "`every` must be more than 0",
          "or endlessly many would come at one instant"};
}

Combinations of_traffic() {
  Combinations all{incomplete_without("concurrency", {"think"}), only_beside("think", {"concurrency"}),
                   only_beside("first", {"every", "burst"}), with_pauses()};
  for (const std::string_view key : {"timeout", "on_timeout"}) {
    all.push_back({{written(key)},
                   {says_or_missing("sends", {"call"})},
                   key,
                   fmt::format("`{}` has no meaning for what is not a call", key),
                   "nobody waits for an answer to a cast or info"});
  }
  return all;
}

Combinations of_events() {
  return {only_beside("reason", {"exit"}), only_beside("message", {"send"}), only_beside("as", {"send"}),
          only_beside("child", {"start_child"}), incomplete_without("start_child", {"child"})};
}

template <class Which>
Words quantities_where(Which which) {
  Words words;
  for (const QuantityInfo& quantity : quantities())
    if (which(quantity)) words.push_back(quantity.name);
  return words;
}

/// A bound has the unit of its quantity; what is wrong with it is said by the unit.
Combinations of_bounds() {
  Combinations all;
  for (const Unit unit :
       {Unit::probability, Unit::seconds, Unit::per_second, Unit::messages, Unit::messages_per_second, Unit::share}) {
    const Words named = quantities_where([&](const QuantityInfo& quantity) { return quantity.unit == unit; });
    for (const std::string_view key : {"at_most", "at_least"})
      all.push_back({{says("quantity", named)}, {{key, Test::Is::bound, {}, true, 0, unit}}, key, "", ""});
  }
  return all;
}

Combinations of_promises() {
  Combinations all{
      incomplete_without("process", {"quantity"}),
      incomplete_without("process", {"at_most", "at_least"}),
      only_beside("quantity", {"process"}),
      only_beside("within", {"process"}),
      only_beside("at_most", {"process"}),
      only_beside("at_least", {"process"}),
      incomplete_without("fault", {"survives"}),
      incomplete_without("fault", {"lasting"}),
      only_beside("survives", {"fault"}),
      only_beside("lasting", {"fault"}),
      {{written("within"), written("process")},
       {says_or_missing("quantity", {name(Quantity::failure_probability)})},
       "within",
       "`within` has no meaning for {said}",
       "only a failure_probability has a span"},
  };
  const Words of_sources = quantities_where([](const QuantityInfo& quantity) { return quantity.of_traffic; });
  all.push_back({{{"process", Test::Is::begins, {"traffic:"}}},
                 {says_or_missing("quantity", of_sources)},
                 "quantity",
                 "a traffic source has no {said}",
                 fmt::format("a traffic source has: {}", fmt::join(of_sources, ", "))});
  std::ranges::move(of_bounds(), std::back_inserter(all));
  return all;
}

}  // namespace

std::vector<Combination> combinations_of(ObjectType type) {
  switch (type) {
    case ObjectType::file:
    case ObjectType::application:
      return of_roots();
    case ObjectType::supervisor: {
      Combinations all = of_supervisors();
      all.push_back(no_significant(missing("restart"), "a significant child can't be permanent, as it is by default"));
      return all;
    }
    case ObjectType::worker:
      return {permanent()};
    case ObjectType::tick:
      return {of_ticks()};
    case ObjectType::traffic:
      return of_traffic();
    case ObjectType::burst:
      return {with_pauses()};
    case ObjectType::scripted_event:
      return of_events();
    case ObjectType::promise:
      return of_promises();
    case ObjectType::child:
    case ObjectType::unsupervised:
    case ObjectType::init:
    case ObjectType::init_during:
    case ObjectType::fails_during:
    case ObjectType::handle_continue:
    case ObjectType::handle_continue_during:
    case ObjectType::handler:
    case ObjectType::handler_during:
    case ObjectType::call:
    case ObjectType::cast:
    case ObjectType::task:
    case ObjectType::retry:
    case ObjectType::crash_clock:
    case ObjectType::terminate:
    case ObjectType::dependency:
    case ObjectType::mailbox:
    case ObjectType::reseeded:
    case ObjectType::fault:
    case ObjectType::outage:
      break;
  }
  return {};
}

}  // namespace treefall::spec
