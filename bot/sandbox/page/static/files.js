// Reads files that a person attaches, within what the chat app allows.

const LARGEST = 10 * 1024 * 1024; // bytes, as in the chat app

/** Read one file into what goes over the wire. Throws a sentence where it is too large. */
export async function readFile(file) {
  if (file.size > LARGEST) throw new Error(`${file.name} is too large: 10 MB is the most.`);
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(new Error(`${file.name} could not be read.`)));
    reader.readAsDataURL(file);
  });
  return {
    filename: file.name,
    content_type: file.type || "application/octet-stream",
    data: address.slice(address.indexOf(",") + 1),
  };
}

/** Read several files that travel together. */
export async function readFiles(files) {
  const list = [...files];
  const size = list.reduce((sum, each) => sum + each.size, 0);
  if (size > LARGEST) throw new Error("Together these files are too large: 10 MB is the most.");
  return Promise.all(list.map(readFile));
}
