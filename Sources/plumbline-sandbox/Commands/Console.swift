import Foundation

/// What the commands show: progress on stderr, data on stdout.
enum Console {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data("plumbline-sandbox: \(text)\n".utf8))
    }

    static func seconds(_ duration: Duration) -> String {
        duration.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 2, rounded: .up)))
    }

    static func megabytes(_ bytes: UInt64) -> String { "\(bytes / 1_000_000) MB" }

    /// Where everything is.
    static func table(_ state: SandboxState, _ ledger: ProcessLedger) -> String {
        let rows = state.parts.map { part in
            [
                part.title, part.address, "\(part.process.pid)", megabytes(ledger.residentBytes(of: part.name)),
                part.log,
            ]
        }
        return table(header: ["Part", "Address", "Process", "Memory", "Log"], rows) + """

            API            \(state.urls.api)
            Registry       \(state.urls.registry)
            Auth           \(state.urls.auth)
            MLflow         \(state.urls.mlflow) (key: secrets/admin-key)
            Profile        \(state.options.profile)
            Configuration  \(state.configuration)

            Next: plumbline run --config \(state.configuration)
            End:  plumbline-sandbox down --dir \(state.directory)

            """
    }

    static func table(header: [String], _ rows: [[String]]) -> String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell.padding(toLength: widths[index] + 2, withPad: " ", startingAt: 0)
            }
            return cells.joined() + "\n"
        }.joined()
    }
}
