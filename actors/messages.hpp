#pragma once

#include "core/codec.hpp"
#include "core/delivery.hpp"
#include "core/encoded_batch.hpp"
#include "pipelines/checked_pipeline.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lepton::actors {

/// A batch on its way. What is set depends on the receiver: `raw` (source segment), `rows` (other
/// segments) or `encoded` (sink; with `rows` only, the sink takes rows as they are).
struct work_item {
  core::raw_batch_ptr raw;
  pipelines::stream_ref stream;
  core::batch_ptr rows;
  core::encoded_batch_ptr encoded;
  std::vector<core::row_error> failed; ///< sink: rows that could not be encoded
  core::delivery delivery;
  std::int64_t records = 0; ///< what was spent of the sender's credit and comes back with it
  std::int64_t bytes = 0;
  std::size_t slot = 0; ///< the sender's account; returned in `credit_message`
  bool free = false;    ///< a second attempt: spent no credit of the source
};

// Messages between the actors. All stay in this process and are never serialised.

struct work_message {
  std::shared_ptr<work_item> item;
};
/// From receiver to sender: the work of account `slot` is done.
struct credit_message {
  std::size_t slot = 0;
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t busy_ns = 0;
};
/// From a delivery to source and router: everything that came of `batch` is settled.
struct settled_message {
  core::raw_batch_ptr batch;
  std::size_t instance = 0;
  core::settlement how = core::settlement::lost;
};
struct open_message {}; ///< to sinks, then sources: open the connector, then work
struct wake_message {}; ///< a connector has something to do
struct run_message {    ///< to itself: work on
  bool waited = false;  ///< for more rows
};
struct release_message {}; ///< to itself: the time to hold back is over
struct tick_message {};    ///< about every 100 ms
/// To sources: read no more; `drain`: wait for what is under way first.
struct stop_message {
  bool drain = true;
};
struct flush_message {}; ///< to sinks: write out without waiting for more
/// To sinks: nothing will follow; `now`: give up what is not written.
struct close_message {
  bool now = false;
};
/// To routers: worker `slot` does not come back from its run, or did after all.
struct stuck_message {
  std::size_t slot = 0;
  bool stuck = false;
};
/// The actor behind account `slot` was replaced.
struct rewire_message {
  std::size_t slot = 0;
  caf::actor target;
};
/// To the supervisor: this connector is open.
struct opened_message {
  std::size_t index = 0;
  bool is_source = false;
};
/// To the supervisor: this source has read everything that there is.
struct exhausted_message {
  std::size_t index = 0;
};
/// To the supervisor: this ended, well if `error` is empty.
struct ended_message {
  std::size_t index = 0;
  bool is_source = false;
  bool drained = true;
  std::string error;
};
/// To the supervisor: the pipeline cannot go on.
struct failed_message {
  std::string reason;
};

} // namespace lepton::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::work_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::credit_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::settled_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::open_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::wake_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::run_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::release_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::tick_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::stop_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::flush_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::close_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::stuck_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::rewire_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::opened_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::exhausted_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::ended_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lepton::actors::failed_message)
