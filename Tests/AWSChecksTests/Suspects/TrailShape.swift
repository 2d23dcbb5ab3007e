import Foundation

/// The forms in which the events of a trail come to be lying in files, and what is no trail at all.
enum TrailShape: String, CaseIterable, Sendable {
    /// What CloudTrail writes: `{"Records":[…]}`.
    case records = "a log file"
    case indented = "an indented log file"
    case gzipped = "a gzipped log file"
    case members = "a gzip file of several members"
    case days = "a directory for each day"
    case lines = "JSON lines"
    case linesNamedJSON = "JSON lines in a .json file"
    case gzippedLines = "gzipped JSON lines"
    case array = "a bare array"
    case indentedArray = "an indented bare array"
    case single = "one event in each file"
    /// `aws cloudtrail lookup-events`.
    case lookup = "the answer of lookup-events"
    /// What EventBridge delivers: the event is the `detail`.
    case bus = "events of EventBridge, a line each"
    /// `aws logs filter-log-events`: the event is the text of `message`.
    case logGroup = "the events of a log group"
    case windows = "a log file with byte order mark and CR LF"
    case oneFile = "a path to one file"
    case organisation = "an organisation's trail, of many accounts and regions"

    /// What holds nothing, and has to be said.
    enum Empty: String, CaseIterable, Sendable {
        case missing = "a directory that does not exist"
        case directory = "an empty directory"
        case file = "an empty file"
        case gzip = "an empty gzip file"
        case page = "an HTML page"
        case cut = "a file that ends within an event"
        case digests = "digests only"
        case object = "JSON without events"
        case old = "events of another year"
    }
}
