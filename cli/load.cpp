// A file, a design, and the way in between, for every command but lint.
#include "cli/load.hpp"

#include "cli/input.hpp"
#include "cli/options.hpp"
#include "report/text.hpp"
#include "spec/read.hpp"

namespace treefall::cli {

std::string_view stdin_name(const Arguments& arguments) {
  return arguments.has(stdin_filename_option) ? arguments.value(stdin_filename_option) : "<stdin>";
}

namespace {

/// Programs that read standard output get a document whatever happens.
std::nullopt_t give_up(const report::Broken& broken, Console& console, const report::Format* format) {
  if (format != nullptr && format->broken != nullptr) console.out(format->broken(broken, {}));
  return std::nullopt;
}

}  // namespace

std::optional<Loaded> load(const Arguments& arguments, Console& console, const report::Format* format) {
  const std::string& path = arguments.operands.front();
  Inputs inputs = read_inputs({path}, stdin_name(arguments));
  if (inputs.sources.size() > 1) inputs.complaints.push_back("`" + path + "` holds several specs, this takes one");
  for (const std::string& complaint : inputs.complaints) console.complain(complaint);
  if (!inputs.complaints.empty()) return give_up({spec::Source(path, ""), {}}, console, format);

  spec::Source& source = inputs.sources.front();
  spec::Reading reading = spec::read(source);
  const report::Broken said{source, reading.diagnostics};
  console.err(report::text::broken(said, {console.error_paint(), {}}));
  if (!reading.design) return give_up(said, console, format);
  return Loaded{std::move(source), std::move(*reading.design)};
}

}  // namespace treefall::cli
