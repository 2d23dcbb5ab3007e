import CArchive
import Foundation

/// One CloudTrail log file, plain or gzipped, read in pieces through libarchive.
struct TrailFile {
    enum Source {
        case path(String)
        case bytes([UInt8])
    }

    /// Why a file could not be read to its end.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let source: Source
    private static let blockSize = 1 << 18
    /// The most text of one file, in bytes. CloudTrail begins a new one long before.
    private static let largestText = 2 << 30

    /// Reads the whole file; `piece` gets its uncompressed text. Blocks: call it on a thread of its own.
    func read(_ piece: (UnsafeBufferPointer<UInt8>) -> Void) throws(Problem) {
        guard let archive = archive_read_new() else { throw Problem(description: "out of memory") }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
        switch source {
        case .path(let path):
            try check(archive_read_open_filename(archive, path, Self.blockSize), archive)
            try readBlocks(archive, piece)
        case .bytes(let bytes):
            // libarchive keeps the pointer until it is closed, so all reading happens while the array is pinned.
            var result: Result<Void, Problem> = .success(())
            bytes.withUnsafeBytes { buffer in
                result = Result { () throws(Problem) in
                    try check(archive_read_open_memory(archive, buffer.baseAddress, buffer.count), archive)
                    try readBlocks(archive, piece)
                }
            }
            try result.get()
        }
    }

    private func readBlocks(_ archive: OpaquePointer, _ piece: (UnsafeBufferPointer<UInt8>) -> Void) throws(Problem) {
        var entry: OpaquePointer?
        let header = archive_read_next_header(archive, &entry)
        if header == 1 { return }
        try check(header, archive)
        var text = 0
        while true {
            var block: UnsafeRawPointer?
            var size = 0
            var offset: Int64 = 0
            let status = archive_read_data_block(archive, &block, &size, &offset)
            if status == 1 { return }
            try check(status, archive)
            guard let block else { continue }
            text += size
            guard text <= Self.largestText else {
                throw Problem(description: "its text is longer than \(Self.largestText >> 30) GB")
            }
            piece(UnsafeBufferPointer(start: block.assumingMemoryBound(to: UInt8.self), count: size))
        }
    }

    private func check(_ status: Int32, _ archive: OpaquePointer) throws(Problem) {
        guard status < 0 else { return }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "status \(status)"
        throw Problem(description: text)
    }
}
