import CPostgres

/// Takes libpq's results one by one and keeps rows while the limits allow.
struct RowCollector {
    let limits: PostgresResultLimits
    private var answer = PostgresRows()
    private var bytes = 0
    /// What the server has sent in answer to the statement, in bytes.
    var received = 0
    private var failure: PostgresError?

    init(limits: PostgresResultLimits) {
        self.limits = limits
    }

    /// Whether it has sent far more than the largest answer takes, in notices or in messages that are no rows.
    var isFlooded: Bool { received > 4 * limits.bytes + 4 << 20 }

    var tooLarge: PostgresError {
        PostgresError(
            kind: .resultTooLarge,
            message:
                "the answer is longer than \(limits.rows) rows or \(limits.bytes) bytes; got \(answer.rows.count) rows"
        )
    }

    mutating func take(_ result: OpaquePointer) throws(PostgresError) {
        switch PQresultStatus(result) {
        case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK: try takeRows(result)
        case PGRES_COMMAND_OK: answer.affected = PQcmdTuples(result).flatMap { Int(String(cString: $0)) }
        case PGRES_EMPTY_QUERY: break
        case PGRES_FATAL_ERROR: failure = failure ?? Self.error(of: result)
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            throw PostgresError(kind: .protocol, message: "COPY is not supported: use SELECT")
        default: throw PostgresError(kind: .protocol, message: "the server sent an answer that libpq cannot read")
        }
    }

    func finish() throws(PostgresError) -> PostgresRows {
        if let failure { throw failure }
        return answer
    }

    private mutating func takeRows(_ result: OpaquePointer) throws(PostgresError) {
        let width = PQnfields(result)
        if answer.columns.isEmpty {
            answer.columns = (0..<width).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
        }
        for row in 0..<PQntuples(result) {
            let values: [String?] = (0..<width).map { column in
                if PQgetisnull(result, row, column) == 1 { return nil }
                let length = Int(PQgetlength(result, row, column))
                guard let start = PQgetvalue(result, row, column) else { return nil }
                let raw = UnsafeRawBufferPointer(start: start, count: length)
                return String(decoding: raw, as: UTF8.self)
            }
            bytes += values.reduce(0) { $0 + ($1?.utf8.count ?? 0) + PostgresResultLimits.cellCost }
            guard answer.rows.count < limits.rows, bytes <= limits.bytes else { throw tooLarge }
            answer.rows.append(values)
        }
    }

    private static func error(of result: OpaquePointer) -> PostgresError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        let state = field(postgres_field_sqlstate)
        let message =
            field(postgres_field_message) ?? PQresultErrorMessage(result).map { String(cString: $0) }
            ?? "no reason given"
        let more = [field(postgres_field_detail), field(postgres_field_hint)].compactMap(\.self)
        // Without a SQLSTATE it is libpq itself that speaks: the connection broke.
        let kind = state.map { PostgresError.Kind(sqlState: $0) } ?? .connectionLost
        let line = message.split(separator: "\n").joined(separator: "; ")
        return PostgresError(
            kind: kind, sqlState: state, message: line, detail: more.isEmpty ? nil : more.joined(separator: "; "))
    }
}
