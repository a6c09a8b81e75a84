// Any bytes as a segment of a spool. Records that are found lie in it, one behind the other, with
// growing indices; written again they are found again, with nothing stepped over.
#include "connectors/zeromq/spool_record.hpp"
#include "core/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lepton::connectors;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  spool_head head;
  read_spool_head(bytes, head);
  spool_scanner scanner{bytes};
  spool_record record;
  std::string written = write_spool_head({1, false});
  std::uint64_t records = 0;
  std::uint64_t last = 0;
  std::size_t end = spool_head_size;
  while (scanner.next(record)) {
    LEPTON_ASSERT(record.begin >= end && record.end <= size);
    LEPTON_ASSERT(records == 0 || record.index > last);
    end = record.end;
    last = record.index;
    ++records;
    write_spool_record(record.index, record.body, written);
  }
  spool_scanner again{written};
  while (again.next(record))
    --records;
  LEPTON_ASSERT(records == 0 && again.end() == written.size());
  return 0;
}
