/// One page of a search.
struct Page<Element: Sendable>: Sendable {
    var elements: [Element]
    /// Empty or nil on the last page.
    var nextToken: String?
}

extension MLflowClient {
    /// What one page is asked for at most; every search of MLflow allows it (contract §3.4).
    static let largestPage = 1000
    /// Filters may leave pages empty; more in a row than this is a server that never comes to an end.
    static let mostEmptyPages = 10

    /// Follows the page tokens of a search until it ends or enough has come.
    ///
    /// - Parameter page: fetches a page by the number of elements wanted and the token of the page before.
    /// - Throws: ``MLflowError`` of a page, or `unreadable` when the pages go in a circle or stay empty.
    func pages<Element>(
        of call: String, maximum: Int, _ page: (Int, String?) async throws(MLflowError) -> Page<Element>
    ) async throws(MLflowError) -> [Element] {
        var elements: [Element] = []
        var tokens: Set<String> = []
        var token: String?
        var emptyPages = 0
        repeat {
            let next = try await page(min(maximum - elements.count, Self.largestPage), token)
            elements += next.elements.prefix(maximum - elements.count)
            emptyPages = next.elements.isEmpty ? emptyPages + 1 : 0
            token = next.nextToken.flatMap { $0.isEmpty ? nil : $0 }
            if let token, !tokens.insert(token).inserted {
                throw Self.endless(call, "the token of a page comes again after \(elements.count) elements")
            }
            if emptyPages > Self.mostEmptyPages {
                throw Self.endless(call, "\(emptyPages) pages in a row are empty and promise another")
            }
        } while token != nil && elements.count < maximum
        return elements
    }

    private static func endless(_ call: String, _ what: String) -> MLflowError {
        MLflowError(kind: .unreadable, status: 200, message: "the search never ends: \(what)", call: call)
    }
}
