// Every combination of the field table: a file that breaks it, and nearly the same one that does not. The reader and
// the JSON Schema must agree about both.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "spec/fields.hpp"
#include "spec/read.hpp"
#include "spec/schema.hpp"

using namespace treefall::spec;

namespace {

struct Pair {
  std::string wrong, right;
};

std::string file(const std::string& rest) { return "treefall: 1\n" + rest + "\n"; }
std::string tree(const std::string& keys) { return file("tree: {supervisor: Top, " + keys + "}"); }
std::string child(const std::string& keys) { return tree("children: [{" + keys + "}]"); }
std::string supervisor(const std::string& keys) { return child("supervisor: S, " + keys); }
std::string around(const std::string& rest) {
  return file("faults: {outage: {at: 1s, lasts: 1s}}\ntree: {supervisor: Top, children: [{worker: A}]}\n" + rest);
}
std::string traffic(const std::string& keys) { return around("traffic: {web: {to: A, " + keys + "}}"); }
std::string event(const std::string& keys) { return around("script: [{at: 1s, " + keys + "}]"); }
std::string promise(const std::string& keys) {
  return around("traffic: {web: {to: A, rate: 1/s}}\nexpect: [{" + keys + "}]");
}
std::string bound(const std::string& quantity, const std::string& keys) {
  return promise("process: A, quantity: " + quantity + ", " + keys);
}

Pair pair(std::string (*make)(const std::string&), const std::string& wrong, const std::string& right) {
  return {make(wrong), make(right)};
}

std::vector<Pair> of_trees() {
  const std::string erlang = "dialect: erlang\n";
  const auto dynamic = [](const std::string& head, const std::string& keys) {
    return file(head + "tree: {supervisor: Top, children: [{supervisor: S, kind: dynamic, " + keys + "}]}");
  };
  const std::string two = "children: [{worker: A}, {worker: B}]", any = "auto_shutdown: any_significant";
  return {
      pair(file, "tree: {worker: A}", "tree: {supervisor: A}"),
      pair(file, "applications: [{name: a, tree: {worker: A}}]", "applications: [{name: a, tree: {supervisor: A}}]"),
      pair(tree, "count: 2", "count: 1"),
      pair(tree, "significant: true, restart: transient", "significant: false"),
      pair(tree, "on_demand: true", "on_demand: false"),
      pair(supervisor, "partitions: 2", "kind: partition, partitions: 2"),
      pair(supervisor, "max_children: 2, kind: task", "max_children: 2, kind: dynamic"),
      pair(supervisor, "reseeded: {by: Top}", "kind: dynamic, reseeded: {by: Top}"),
      pair(supervisor, "kind: task, " + any, "kind: task, auto_shutdown: never"),
      pair(supervisor, "kind: partition, " + any, any),
      pair(supervisor, "kind: dynamic, " + any, any),
      {dynamic(erlang, any), dynamic(erlang + "otp: 26\n", any)},
      pair(supervisor, "kind: dynamic, strategy: one_for_all", "kind: dynamic, strategy: one_for_one"),
      pair(supervisor, "kind: task, strategy: rest_for_one", "strategy: rest_for_one"),
      pair(supervisor, "kind: partition, " + two, "kind: partition, children: [{worker: A}]"),
      {dynamic(erlang, two), dynamic("", two)},
      pair(supervisor, "opaque: true, children: [{worker: A}]", "opaque: true, children: []"),
      pair(child, "worker: A, significant: true, restart: transient", "worker: A, significant: false"),
      pair(tree, any + ", children: [{worker: A, significant: true}]",
           any + ", children: [{worker: A, significant: true, restart: temporary}]"),
      pair(tree, any + ", children: [{worker: A, significant: true, restart: permanent}]",
           any + ", children: [{worker: A, significant: true, kind: task}]"),
      pair(tree, any + ", children: [{supervisor: A, significant: true, restart: permanent}]",
           any + ", children: [{supervisor: A, significant: true, restart: transient}]"),
      pair(tree, any + ", children: [{supervisor: A, kind: task, significant: true}]",
           any + ", children: [{supervisor: A, kind: task, significant: true, restart: transient}]"),
      pair(child, "worker: A, on_demand: true",
           "supervisor: S, kind: dynamic, children: [{worker: A, on_demand: true}]"),
      pair(supervisor, "kind: partition, children: [{worker: A, count: 2}]",
           "kind: partition, partitions: 2, children: [{worker: A}]"),
      pair(child, "worker: A, ticks: [{every: 0s, takes: constant(0ms)}]",
           "worker: A, ticks: [{every: 0s, takes: 1ms}]"),
      pair(child, "worker: A, ticks: [{every: \"uniform(0s, 0s)\"}]",
           "worker: A, ticks: [{every: 0s, calls: [{to: Top}]}]"),
  };
}

std::vector<Pair> of_surroundings() {
  return {
      pair(traffic, "concurrency: 3", "concurrency: 3, think: 1s"),
      pair(traffic, "rate: 1/s, think: 1s", "concurrency: 1, think: 1s"),
      pair(traffic, "rate: 1/s, first: 1s", "every: 1s, first: 1s"),
      pair(traffic, "every: 0s", "every: 1ns"),
      pair(traffic, "every: empirical(0s 0.0ms)", "every: empirical(0s 0.1ms)"),
      pair(traffic, "burst: {size: 2, every: 0s}", "burst: {size: 2, every: 1s}"),
      pair(traffic, "rate: 1/s, sends: cast, timeout: 5s", "rate: 1/s, sends: call, timeout: 5s"),
      pair(traffic, "rate: 1/s, sends: info, on_timeout: give_up", "rate: 1/s, on_timeout: give_up"),
      pair(event, "kill: A, reason: normal", "exit: A, reason: normal"),
      pair(event, "kill: A, message: x", "send: A, message: x"),
      pair(event, "kill: A, as: cast", "send: A, as: cast"),
      pair(event, "kill: A, child: {worker: B}", "start_child: Top, child: {worker: B}"),
      pair(event, "start_child: Top", "start_child: Top, child: {worker: B}"),
      pair(promise, "process: A, at_most: 5", "process: A, quantity: mailbox_length, at_most: 5"),
      pair(promise, "process: A, quantity: mailbox_length", "process: A, quantity: mailbox_length, at_least: 5"),
      pair(promise, "fault: outage, lasting: 1s, survives: Top, quantity: mean_wait",
           "fault: outage, lasting: 1s, survives: Top"),
      pair(promise, "fault: outage, lasting: 1s, survives: Top, within: 1s",
           "fault: outage, lasting: 2s, survives: Top"),
      pair(promise, "fault: outage, lasting: 1s, survives: Top, at_most: 1",
           "fault: outage, lasting: 3s, survives: Top"),
      pair(promise, "fault: outage, lasting: 1s, survives: Top, at_least: 1",
           "fault: outage, lasting: 4s, survives: Top"),
      pair(promise, "fault: outage, lasting: 1s", "fault: outage, lasting: 1s, survives: A"),
      pair(promise, "fault: outage, survives: A", "fault: outage, lasting: 5s, survives: A"),
      pair(promise, "process: A, quantity: mailbox_length, at_most: 5, survives: A",
           "process: A, quantity: mailbox_length, at_most: 5"),
      pair(promise, "process: A, quantity: mailbox_length, at_most: 5, lasting: 1s",
           "process: A, quantity: mailbox_length, at_most: 6"),
      pair(promise, "process: A, quantity: availability, at_least: 99%, within: 1h",
           "process: Top, quantity: failure_probability, at_most: 1%, within: 1h"),
      pair(promise, "process: \"traffic:web\", quantity: mean_wait, at_most: 1s",
           "process: \"traffic:web\", quantity: timeout_probability, at_most: 1%"),
      pair(promise, "process: Top, quantity: failure_probability, at_most: 5ms",
           "process: Top, quantity: failure_probability, at_most: never"),
      pair(promise, "process: Top, quantity: failure_probability, at_least: 1/s",
           "process: Top, quantity: failure_probability, at_least: 0.5"),
      {bound("mean_wait", "at_most: 5"), bound("mean_wait", "at_most: 5ms")},
      {bound("mean_wait", "at_least: 5%"), bound("mean_wait", "at_least: 5s")},
      {bound("crash_rate", "at_most: 5"), bound("crash_rate", "at_most: 5/h")},
      {bound("crash_rate", "at_least: 5s"), bound("crash_rate", "at_least: 5/min")},
      {bound("mailbox_length", "at_most: 5%"), bound("mailbox_length", "at_most: 5.5")},
      {bound("mailbox_length", "at_least: 1/s"), bound("mailbox_length", "at_least: 0")},
      {bound("lost_messages", "at_most: 5"), bound("lost_messages", "at_most: 5/day")},
      {bound("lost_messages", "at_least: 5ms"), bound("lost_messages", "at_least: 5/s")},
      {bound("utilisation", "at_most: 5ms"), bound("utilisation", "at_most: 170%")},
      {bound("utilisation", "at_least: 1/s"), bound("utilisation", "at_least: 0.7")},
  };
}

std::vector<Pair> pairs() {
  std::vector<Pair> all = of_trees();
  for (Pair& one : of_surroundings()) all.push_back(std::move(one));
  return all;
}

std::string listed(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics)
    text += fmt::format("{}:{} [{}] {}\n", d.span.start.line, d.span.start.column, d.rule, d.message);
  return text;
}

/// Did that entry of the table complain? Its message may have parts that differ from file to file.
bool says(const Diagnostic& d, const Combination& one) {
  if (one.message.empty()) return !d.label.empty() && d.label.starts_with("the bound of ");
  return d.message.starts_with(one.message.substr(0, one.message.find('{'))) &&
         d.help.starts_with(one.help.substr(0, one.help.find('{')));
}

}  // namespace

TEST_CASE("a combination is refused once, and nearly the same file is read") {
  std::vector<Diagnostic> all;
  for (const Pair& one : pairs()) {
    const Reading right = read(Source("right.yaml", one.right));
    INFO(one.right << listed(right.diagnostics));
    CHECK(right.design.has_value());
    const Reading wrong = read(Source("wrong.yaml", one.wrong));
    INFO(one.wrong << listed(wrong.diagnostics));
    CHECK(wrong.diagnostics.size() == 1);
    all.insert(all.end(), wrong.diagnostics.begin(), wrong.diagnostics.end());
  }
  for (std::size_t i = 0; i < object_type_count; ++i) {
    for (const Combination& one : info(static_cast<ObjectType>(i)).combinations) {
      INFO(info(static_cast<ObjectType>(i)).name << ": " << one.message << " (" << one.at << ")");
      CHECK(std::ranges::any_of(all, [&](const Diagnostic& d) { return says(d, one); }));
    }
  }
}

TEST_CASE("the schema refuses the same combinations") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("treefall-combinations-" + std::to_string(getpid()));
  for (const char* folder : {"good", "bad"}) fs::create_directories(root / "tests/spec/fixtures" / folder);
  const auto write = [&](const fs::path& path, const std::string& text) {
    std::ofstream(root / path, std::ios::binary) << text;
  };
  write("schema.json", schema());
  std::size_t number = 100;  // so that their order is that of the list
  for (const Pair& one : pairs()) {
    write(fmt::format("tests/spec/fixtures/good/{}.yaml", number), one.right);
    write(fmt::format("tests/spec/fixtures/bad/{}.yaml", number++), one.wrong);
  }
  const std::string command = fmt::format("python3 '{}/tests/spec/schema_agrees.py' '{}' '{}'", TREEFALL_ROOT,
                                          (root / "schema.json").string(), root.string());
  CHECK(std::system(command.c_str()) == 0);
  fs::remove_all(root);
}
