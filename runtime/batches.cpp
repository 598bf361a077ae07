#include "runtime/execution.hpp"
namespace treefall::runtime {
void end_batch(Execution&) {}
}  // namespace treefall::runtime
