// Work on several threads whose failures are heard of. Internal to runtime/.
#pragma once

#include <functional>

namespace treefall::runtime {

/// Calls work(0) .. work(number - 1), each on a thread of its own, one of them the caller's; back when all are done.
/// Throws what one of them threw (out of memory), the others having ended.
void on_threads(unsigned number, const std::function<void(unsigned)>& work);

}  // namespace treefall::runtime
