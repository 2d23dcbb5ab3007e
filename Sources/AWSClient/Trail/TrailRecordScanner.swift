import Foundation

/// Finds the records in a stream of CloudTrail log text without building a tree of it.
///
/// A log file is `{"Records":[{…},{…}]}`. The records may also stand one after the other (JSON lines), in a bare array, or as the
/// `Events` of an answer. The scanner is fed the text in pieces of any size, keeps the place of the few members that tell
/// whether a record matters, and hands over one whole record at a time. Strings are skipped with `memchr`.
struct TrailRecordScanner {
    /// Larger records are passed over and counted; real ones stay below 256 KB.
    static let largestRecord = 4 << 20

    /// A record's text and the members that decide about it.
    struct Record {
        let text: UnsafeBufferPointer<UInt8>
        let eventName: UnsafeBufferPointer<UInt8>?
        let eventSource: UnsafeBufferPointer<UInt8>?
        let eventTime: UnsafeBufferPointer<UInt8>?
        /// Nil when the record does not say.
        let isReadOnly: Bool?
        /// Whether it has a member in which others wrap an event: EventBridge, CloudWatch Logs, `lookup-events`.
        let isWrapper: Bool
    }

    private(set) var records = 0
    private(set) var oversized = 0
    /// Whether there was a list that holds records, or would.
    private(set) var hasList = false
    /// Text of a record that has begun and not ended.
    private var carried: [UInt8] = []
    private var state = State()

    /// Where the scan stands.
    private struct State {
        var depth = 0
        /// The depth at which an object is a record: 0 for one after the other, 1 in a bare array, 2 in a list that is a member.
        var recordDepth = 0
        var isInString = false
        var isEscaped = false
        /// Offset of the record's opening brace in the text being scanned; nil between records.
        var recordStart: Int?
        var stringStart = 0
        /// The member whose value comes next, while at the depth of a record's members.
        var member = Member.none
        var expectsName = false
        var name: Range<Int>?
        var source: Range<Int>?
        var time: Range<Int>?
        var isReadOnly: Bool?
        var isWrapper = false

        mutating func beginRecord(at index: Int) {
            recordStart = index
            name = nil
            source = nil
            time = nil
            isReadOnly = nil
            isWrapper = false
            expectsName = true
        }
    }

    private enum Member { case none, eventName, eventSource, eventTime, readOnly, wrapped, list, other }

    /// Whether the text ended where a file may end.
    var isComplete: Bool { state.depth == 0 && !state.isInString }

    /// Scans one piece; `handle` gets every record that ends in it.
    mutating func scan(_ piece: UnsafeBufferPointer<UInt8>, _ handle: (Record) -> Void) {
        if carried.isEmpty {
            scanText(piece, from: 0, handle)
        } else {
            let from = carried.count
            carried.append(contentsOf: piece)
            let text = carried
            carried = []
            text.withUnsafeBufferPointer { scanText($0, from: from, handle) }
        }
    }

    private mutating func scanText(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, _ handle: (Record) -> Void
    ) {
        guard let base = text.baseAddress else { return }
        var state = state
        var index = start
        let count = text.count
        while index < count {
            if state.isInString {
                index = Self.endOfString(base, index, count, &state)
                guard !state.isInString else { break }
                Self.finishString(base, state.stringStart..<index - 1, &state)
                continue
            }
            let byte = base[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                state.isInString = true
                state.stringStart = index
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if byte == UInt8(ascii: "{"), state.depth == state.recordDepth {
                    state.beginRecord(at: index - 1)
                } else if byte == UInt8(ascii: "["), Self.beginsList(state) {
                    hasList = true
                    state.recordDepth = state.depth + 1
                    state.recordStart = nil
                }
                state.depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                state.depth = max(0, state.depth - 1)
                if state.depth == state.recordDepth, let first = state.recordStart {
                    records += 1
                    state.recordStart = nil
                    handle(Self.record(base, first..<index, state))
                }
                if state.depth == 0 { state.recordDepth = 0 }
            case UInt8(ascii: ","): if state.depth == state.recordDepth + 1 { state.expectsName = true }
            case UInt8(ascii: "t"), UInt8(ascii: "f"):
                if state.depth == state.recordDepth + 1, state.member == .readOnly {
                    state.isReadOnly = byte == UInt8(ascii: "t")
                    state.member = .none
                }
            default: break
            }
        }
        keepUnfinished(text, &state)
        self.state = state
    }

    /// A bare array, or the value of `Records` or `Events` in an object that is then no record.
    @inline(__always)
    private static func beginsList(_ state: State) -> Bool {
        state.depth == 0 || (state.depth == 1 && state.recordDepth == 0 && state.member == .list)
    }

    /// The index after the closing quote, or the end of the text.
    @inline(__always)
    private static func endOfString(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ state: inout State
    ) -> Int {
        // What an earlier piece escaped is no backslash of its own.
        let start = state.isEscaped ? start + 1 : start
        var index = start
        state.isEscaped = false
        while index < count {
            guard let found = memchr(base + index, Int32(UInt8(ascii: "\"")), count - index) else { break }
            let quote = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            if quote == 0 || base[quote - 1] != UInt8(ascii: "\\") || !isEscapedQuote(base, quote, from: start) {
                state.isInString = false
                return quote + 1
            }
            index = quote + 1
        }
        // The piece ends within the string: an odd run of backslashes at its end escapes what comes next.
        state.isEscaped = isEscapedQuote(base, count, from: start)
        return count
    }

    private static func isEscapedQuote(_ base: UnsafePointer<UInt8>, _ quote: Int, from start: Int) -> Bool {
        var backslashes = 0
        while quote - 1 - backslashes >= start, base[quote - 1 - backslashes] == UInt8(ascii: "\\") { backslashes += 1 }
        return backslashes % 2 == 1
    }

    @inline(__always)
    private static func finishString(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ state: inout State) {
        guard state.depth == state.recordDepth + 1 else { return }
        if state.expectsName {
            state.expectsName = false
            state.member = member(base + range.lowerBound, range.count)
            if state.member == .wrapped { state.isWrapper = true }
            return
        }
        switch state.member {
        case .eventName: state.name = range
        case .eventSource: state.source = range
        case .eventTime: state.time = range
        // `lookup-events` writes it as text.
        case .readOnly: state.isReadOnly = base[range.lowerBound] == UInt8(ascii: "t")
        default: break
        }
        state.member = .none
    }

    @inline(__always)
    private static func member(_ start: UnsafePointer<UInt8>, _ count: Int) -> Member {
        switch count {
        case 9 where memcmp(start, "eventName", 9) == 0 || memcmp(start, "EventName", 9) == 0: .eventName
        case 9 where memcmp(start, "eventTime", 9) == 0: .eventTime
        case 11 where memcmp(start, "eventSource", 11) == 0 || memcmp(start, "EventSource", 11) == 0: .eventSource
        case 8 where memcmp(start, "readOnly", 8) == 0 || memcmp(start, "ReadOnly", 8) == 0: .readOnly
        case 15 where memcmp(start, "CloudTrailEvent", 15) == 0: .wrapped
        case 6 where memcmp(start, "detail", 6) == 0: .wrapped
        case 7 where memcmp(start, "message", 7) == 0: .wrapped
        case 7 where memcmp(start, "Records", 7) == 0: .list
        case 6 where memcmp(start, "Events", 6) == 0 || memcmp(start, "events", 6) == 0: .list
        default: .other
        }
    }

    private static func record(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ state: State) -> Record {
        func part(_ range: Range<Int>?) -> UnsafeBufferPointer<UInt8>? {
            range.map { UnsafeBufferPointer(start: base + $0.lowerBound, count: $0.count) }
        }
        return Record(
            text: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count), eventName: part(state.name),
            eventSource: part(state.source),
            eventTime: part(state.time), isReadOnly: state.isReadOnly, isWrapper: state.isWrapper)
    }

    /// Moves the beginning of an unfinished record, or of an unfinished string, to where the next piece will follow it.
    private mutating func keepUnfinished(_ text: UnsafeBufferPointer<UInt8>, _ state: inout State) {
        let start = state.recordStart ?? (state.isInString ? state.stringStart : text.count)
        guard start < text.count || state.recordStart != nil || state.isInString else { return }
        if text.count - start > Self.largestRecord {
            // Give up on this record only: its end is still looked for, its text is not kept.
            if state.recordStart != nil { oversized += 1 }
            state.recordStart = nil
            state.name = nil
            state.source = nil
            state.time = nil
            state.stringStart = 0
            return
        }
        carried = Array(text[start...])
        if state.recordStart != nil { state.recordStart = 0 }
        state.stringStart -= start
        state.name = state.name.map { $0.lowerBound - start..<$0.upperBound - start }
        state.source = state.source.map { $0.lowerBound - start..<$0.upperBound - start }
        state.time = state.time.map { $0.lowerBound - start..<$0.upperBound - start }
    }
}
